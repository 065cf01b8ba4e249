#!lua flags=allow-oom
-- Lists the rooms that are to be looked at now, and leaves them to the caller until the look after that.
-- KEYS: looks (zset, room by the time of the next look in ms). Answers rooms, each followed by the time of its next look.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + offsetMs
local nextMs = string.format('%d', nowMs + everyMs)
local claimed = {}
for _, room in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', nowMs), 'LIMIT', 0, count)) do
  redis.call('ZADD', KEYS[1], nextMs, room)
  table.insert(claimed, room)
  table.insert(claimed, nextMs)
end
return claimed
