#!lua flags=no-writes
-- Lists the rooms that are to be looked at now, each followed by the time that was noted for it, in ms.
-- KEYS: schedule (zset, room by time in ms). ARGV: clock offset in ms, how many at most.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', nowMs), 'WITHSCORES', 'LIMIT', 0, ARGV[2])
