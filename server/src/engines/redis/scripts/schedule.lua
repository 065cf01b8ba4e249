#!lua flags=allow-oom
-- Notes when a room is to be looked at next, unless another node noted a time meanwhile.
-- KEYS: schedule (zset, room by time in ms).
if redis.call('ZSCORE', KEYS[1], room) ~= notedMs then return 0 end
if nextMs == '0' then redis.call('ZREM', KEYS[1], room) else redis.call('ZADD', KEYS[1], nextMs, room) end
return 1
