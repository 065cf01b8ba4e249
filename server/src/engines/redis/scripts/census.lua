#!lua flags=no-writes
-- Who is in a room. Answers for each session five: its id, peer_id, the node that has its stream or an empty text, epoch,
-- the end of its resume window in ms or an empty text.
local found = {}
for _, s in ipairs(loadAll()) do
  found[#found + 1] = { s.id, s.peer, s.node, s.epoch, s.due > 0 and string.format('%d', s.due) or '' }
end
return found
