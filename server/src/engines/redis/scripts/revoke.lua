#!lua flags=allow-oom
-- Keeps a revocation, and forgets those whose time is over.
-- KEYS: revocations (hash: what is revoked, to when it was and until when it is kept, both in ms; under the empty name the
-- number of the newest change).
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + offsetMs
local all = redis.call('HGETALL', KEYS[1])
local change, over = 0, {}
for i = 1, #all, 2 do
  if all[i] == '' then
    change = tonumber(all[i + 1])
  elseif tonumber(string.match(all[i + 1], ' (%d+)$')) <= nowMs then
    over[#over + 1] = all[i]
  end
end
for _, old in ipairs(over) do redis.call('HDEL', KEYS[1], old) end
redis.call('HSET', KEYS[1], '', string.format('%d', change + 1), name, revokedMs .. ' ' .. untilMs)
return change + 1
