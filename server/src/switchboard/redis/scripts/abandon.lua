#!lua flags=allow-oom
-- Ends a session of which the storage has lost a part, so that both sides are notified.
-- ARGV 4: session id; peer_id; epoch.
local session = find(ARGV[5], ARGV[4])
if not session or session.epoch ~= tonumber(ARGV[6]) then return 0 end
endSession(session, 'LOST', 'L')
finish()
return 1
