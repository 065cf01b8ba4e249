#!lua flags=allow-oom
-- Attaches again to a session; the seat that had its stream is void. Atomic, so that of two streams the newest wins, by
-- its epoch.
-- ARGV 4: session id; peer_id of the token; hash of the secret; the newest entry that the client has processed; the
-- newest number of its own that it knows to be accepted; attempt; version of the roster that the node knows, or 0.
local session, ending = find(ARGV[5], ARGV[4])
if ending and ending.reason then return { 'refused', ending.reason, ending.message } end
if not session or session.secret ~= ARGV[6] then return { 'gone' } end
local attempt = tonumber(ARGV[9])
if isOvertaken(session, attempt) then return overtaken end
local reply
if tonumber(ARGV[8]) > session.accepted then
  endSession(session, 'LOST', 'L')
  reply = { 'refused', 'SESSION_LOST', 'the storage lost signals that were acknowledged' }
else
  reply = attachAfter(session, tonumber(ARGV[7]), attempt) or attached(session, 1, tonumber(ARGV[10]))
end
finish()
return reply
