#!lua flags=allow-oom
-- Attaches again to a session; the seat that had its stream is void. Atomic, so that of two streams the newest wins, by
-- its epoch.
local session, ending = find(peer, sessionId)
if ending and ending.reason then return { 'refused', ending.reason, ending.message } end
if not session or session.secret ~= secret then return { 'gone' } end
attempt = tonumber(attempt)
if isOvertaken(session, attempt) then return overtaken end
local reply
if tonumber(acked) > session.accepted then
  endSession(session, 'LOST', 'L')
  reply = { 'refused', 'SESSION_LOST', 'the storage lost signals that were acknowledged' }
else
  reply = attachAfter(session, tonumber(lastSeq), attempt) or attached(session, 1, tonumber(knownVersion))
end
finish()
return reply
