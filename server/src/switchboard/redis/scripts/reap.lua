-- Ends the sessions of a room whose resume window is over. Reads who is due; writes PeerLeft into every
-- mailbox of the room. Atomic, so that a resume comes either before the end or after it.
-- Answers when the room is to be looked at next, in ms, or 0.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', dueKey, '-inf', nowMs)) do
  local session = load(id)
  if session and session.node == '' then
    endSession(session, 'EXPIRED')
  else
    redis.call('ZREM', dueKey, id)
  end
end
finish()
return redis.call('ZRANGE', dueKey, 0, 0, 'WITHSCORES')[2] or '0'
