-- Attaches to a session anew; whoever had its stream is told. Reads and writes that session, and where it
-- cannot go on from there, tells the room. Atomic, so that of two streams the newest wins, by its epoch.
-- ARGV 7: session id, hash of the secret, peer_id of the token, the newest entry that the client has processed,
-- the newest number of its own that it knows to be accepted.
local session = load(ARGV[7])
if not session or not proves(session, ARGV[8], ARGV[9]) then return { 'gone' } end
local lastSeq = tonumber(ARGV[10])
local reply
if tonumber(ARGV[11]) > session.accepted then
  local message = 'the storage lost signals that were acknowledged'
  endSession(session, 'LOST', 'SESSION_LOST', message)
  reply = { 'refused', 'SESSION_LOST', message }
elseif reaches(session, lastSeq) then
  attach(session, lastSeq)
  reply = attached(session, 1)
else
  reply = giveUp(session, lastSeq)
end
finish()
return reply
