#!lua flags=allow-oom
-- Notes that a room is to be looked at, not later than then. It also runs if Redis is full: what ends sessions frees
-- memory. KEYS: schedule (zset, room by time in ms).
return redis.call('ZADD', KEYS[1], 'LT', dueMs, room)
