-- What was handed to the stream of a session, and what its client has processed. Reads and writes that
-- session. ARGV 7: session id, epoch, ack, newest entry handed out.
local session = load(ARGV[7])
if not session or session.epoch ~= tonumber(ARGV[8]) then return 0 end
handedOut(session, tonumber(ARGV[10]))
trim(session, tonumber(ARGV[9]))
finish()
return 1
