#!lua flags=allow-oom
-- Notes when a room is to be looked at next, unless another node noted a time meanwhile.
-- KEYS: schedule (zset, room by time in ms). ARGV: room, the time that was there, the next time or 0.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == '0' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return 1
