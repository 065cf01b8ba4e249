#!lua flags=allow-oom
-- Ends a session of which the storage has lost a part, so that both sides are notified.
local session = find(peer, sessionId)
if not session or session.epoch ~= tonumber(epoch) then return 0 end
endSession(session, 'LOST', 'L')
finish()
return 1
