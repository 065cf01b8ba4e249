#!lua flags=allow-oom
-- Ends the session that holds a name, or all sessions of a room, because the service wants it.
-- Answers how many ended.
local one = peer ~= '' and load(peer)
local found = peer == '' and loadAll() or (one and { one } or {})
for _, session in ipairs(found) do endSession(session, 'REMOVED', ending) end
finish()
return #found
