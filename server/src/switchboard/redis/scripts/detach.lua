#!lua flags=allow-oom
-- The stream of a session is gone: its resume window begins. Nothing happens if a newer attachment has it. The window
-- counts from when the stream went, which this may hear of late, if Redis was away. Some of it is left in any case.
-- ARGV 4: session id; peer_id; epoch; ack; newest entry handed out; when the stream went, in ms.
-- Answers when the room is to be looked at, in ms, or 0.
local session = find(ARGV[5], ARGV[4])
if not session or session.epoch ~= tonumber(ARGV[6]) then return '0' end
progress(session, tonumber(ARGV[8]), tonumber(ARGV[7]))
local wentMs = math.min(tonumber(ARGV[9]), nowMs())
local untilMs = math.max(wentMs + windowMs, nowMs() + math.min(windowMs, graceMs))
detach(session, untilMs)
finish()
return string.format('%d', untilMs)
