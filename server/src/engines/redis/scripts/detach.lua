#!lua flags=allow-oom
-- The stream of a session is gone: its resume window begins. Nothing happens if a newer attachment has it. The window
-- counts from when the stream went, which this may hear of late, if Redis was away. Some of it is left in any case.
-- Answers when the room is to be looked at, in ms, or 0.
local session = find(peer, sessionId)
if not session or session.epoch ~= tonumber(epoch) then return '0' end
progress(session, tonumber(cursor), tonumber(ack))
local untilMs = math.max(math.min(tonumber(wentMs), nowMs()) + windowMs, nowMs() + math.min(windowMs, graceMs))
detach(session, untilMs)
finish()
return string.format('%d', untilMs)
