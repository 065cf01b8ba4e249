#!lua flags=allow-oom
-- A look has found nobody in a room: it is not looked at any more, unless a peer may have come since.
-- KEYS: looks (zset, room by the time of the next look in ms). `notedMs`
-- is what `claim` answered. See `note`.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + offsetMs
if redis.call('ZSCORE', KEYS[1], room) ~= notedMs or nowMs >= notedMs - everyMs / 2 then return 0 end
return redis.call('ZREM', KEYS[1], room)
