#!lua flags=no-writes
-- The revocations that are kept, unless the caller knows the newest change.
-- KEYS: revocations, as in `revoke`. `known` is the change that the caller knows. Answers nothing, or names and values.
local change = redis.call('HGET', KEYS[1], '')
if not change or change == known then return {} end
return redis.call('HGETALL', KEYS[1])
