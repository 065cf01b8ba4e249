#!lua flags=allow-oom
-- Ends the session that holds a name, or all sessions of a room, because the service wants it.
-- ARGV 4: peer_id, or empty for all; one of `endings`. Answers how many ended.
local one = ARGV[4] ~= '' and load(ARGV[4])
local found = ARGV[4] == '' and loadAll() or (one and { one } or {})
for _, session in ipairs(found) do endSession(session, 'REMOVED', ARGV[5]) end
finish()
return #found
