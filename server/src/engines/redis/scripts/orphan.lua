#!lua flags=allow-oom
-- A node is dead: its sessions in this room lose their streams, which fences the node if it wakes up.
-- Answers when the room is to be looked at next, in ms, or 0.
untilMs = untilMs == '0' and nowMs() + windowMs or math.max(tonumber(untilMs), nowMs() + graceMs)
local next
for _, session in ipairs(loadAll()) do
  if session.node == deadNode then detach(session, untilMs) end
  if session.node == '' then next = math.min(next or session.due, session.due) end
end
finish()
return string.format('%d', next or 0)
