#!lua flags=allow-oom
-- A node says that it lives. Reads and writes its lease.
-- KEYS: leases (zset, node id by the end of its lease in ms), dead (hash, node id to the end of its last
-- lease).
-- Answers the time in ms; 0 if the node has been declared dead, or is not known any more: it must start over.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + offsetMs
if redis.call('HEXISTS', KEYS[2], node) == 1 then return '0' end
if isNew ~= '1' and not redis.call('ZSCORE', KEYS[1], node) then return '0' end
redis.call('ZADD', KEYS[1], string.format('%d', nowMs + lengthMs), node)
return string.format('%d', nowMs)
