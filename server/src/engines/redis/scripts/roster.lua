#!lua flags=no-writes
-- The roster of a room. Answers: its version; the newest session number; then its members in the order in which they
-- joined.
local reply = { openRoom().version, room.newest }
local fields = listMembers(true)
for _, member in ipairs(#fields > 0 and read(fields) or {}) do reply[#reply + 1] = member end
return reply
