-- The stream of a session is gone: its resume window begins. Reads and writes that session; nothing where a
-- newer attachment has it. The window counts from when the stream went, which this may hear late: where Redis was
-- away. Some of it is left in any case. ARGV 7: session id, epoch, ack, newest entry handed out, when it went in ms.
-- Answers the time at which the room is to be looked at, in ms, or 0.
local session = load(ARGV[7])
if not session or session.epoch ~= tonumber(ARGV[8]) then return '0' end
handedOut(session, tonumber(ARGV[10]))
trim(session, tonumber(ARGV[9]))
local wentMs = math.min(tonumber(ARGV[11]), nowMs)
local untilMs = math.max(wentMs + windowMs, nowMs + math.min(windowMs, graceMs))
detach(session, untilMs)
finish()
return string.format('%d', untilMs)
