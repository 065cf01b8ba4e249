-- The stream of a session is gone: its resume window begins. Reads and writes that session; nothing where a
-- newer attachment has it. ARGV 7: session id, epoch, ack, newest entry handed out.
-- Answers the time at which the room is to be looked at, in ms, or 0.
local session = load(ARGV[7])
if not session or session.epoch ~= tonumber(ARGV[8]) then return '0' end
handedOut(session, tonumber(ARGV[10]))
trim(session, tonumber(ARGV[9]))
detach(session)
finish()
return string.format('%d', nowMs + windowMs)
