#!lua flags=no-writes
-- Lists the rooms that are to be looked at now, each followed by the time that was noted for it, in ms.
-- KEYS: schedule (zset, room by time in ms).
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + offsetMs
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', nowMs), 'WITHSCORES', 'LIMIT', 0, count)
