#!lua flags=allow-oom
-- A look has found nobody in a room: it is not looked at any more, unless a peer may have come since.
-- KEYS: looks (zset, room by the time of the next look in ms). ARGV: clock offset in ms, room, the time that `claim`
-- answered, ms from one look to the next. See `note`.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if redis.call('ZSCORE', KEYS[1], ARGV[2]) ~= ARGV[3] or nowMs >= ARGV[3] - ARGV[4] / 2 then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[2])
