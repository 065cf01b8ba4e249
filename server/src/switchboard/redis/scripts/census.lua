#!lua flags=no-writes,allow-oom
-- Who is in a room. Reads all its sessions. KEYS: the room. Answers for each session: id, the node that has its stream
-- or an empty text, epoch, the end of its resume window in ms or an empty text.
local room = KEYS[1]
local found = {}
for _, id in ipairs(redis.call('ZRANGE', room .. ':order', 0, -1)) do
  local fields = redis.call('HMGET', room .. ':s:' .. id, 'node', 'epoch')
  table.insert(found, id)
  table.insert(found, fields[1] or '')
  table.insert(found, fields[2] or '0')
  table.insert(found, redis.call('ZSCORE', room .. ':due', id) or '')
end
return found
