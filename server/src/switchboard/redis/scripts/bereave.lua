-- A node is dead: its sessions in this room lose their streams, which fences the node should it wake up.
-- Reads all sessions of the room; writes those of that node. ARGV 7: the dead node, and when its sessions
-- expire, in ms, or 0 for a whole window. Answers when the room is to be looked at next, in ms, or 0.
local untilMs = ARGV[8] == '0' and nowMs + windowMs or math.max(tonumber(ARGV[8]), nowMs + graceMs)
for _, id in ipairs(redis.call('ZRANGE', orderKey, 0, -1)) do
  local session = load(id)
  if session and session.node == ARGV[7] then detach(session, untilMs) end
end
finish()
return redis.call('ZRANGE', dueKey, 0, 0, 'WITHSCORES')[2] or '0'
