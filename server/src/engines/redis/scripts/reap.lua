#!lua flags=allow-oom
-- Ends the sessions of a room whose resume window is over. Atomic, so that a resume comes either before the end or
-- after it. Answers when the room is to be looked at next, in ms, or 0.
local next
for _, session in ipairs(loadAll()) do
  if session.node == '' then
    if session.due <= nowMs() then
      endSession(session, 'EXPIRED', '-')
    else
      next = math.min(next or session.due, session.due)
    end
  end
end
finish()
return string.format('%d', next or 0)
