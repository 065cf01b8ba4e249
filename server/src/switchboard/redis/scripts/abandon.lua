-- Ends a session of which the storage has lost a part, so that both sides are told. Reads that session;
-- writes PeerLeft into every mailbox of the room. ARGV 7: session id, epoch.
local session = load(ARGV[7])
if not session or session.epoch ~= tonumber(ARGV[8]) then return 0 end
endSession(session, 'LOST', 'SESSION_LOST', 'the storage lost a part of this session')
finish()
return 1
