#!lua flags=allow-oom
-- Declares every node dead whose lease is over, and lists all whose sessions have not all been looked after.
-- Reads the leases; moves what has lapsed from them to the dead. Atomic with `lease`, so that a node is either
-- alive or dead. KEYS: leases, dead.
-- Answers node ids, each followed by the end of its last lease in ms.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + offsetMs
local lapsed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', nowMs), 'WITHSCORES')
for i = 1, #lapsed, 2 do
  redis.call('ZREM', KEYS[1], lapsed[i])
  redis.call('HSET', KEYS[2], lapsed[i], lapsed[i + 1])
end
return redis.call('HGETALL', KEYS[2])
