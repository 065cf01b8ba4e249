#!lua flags=allow-oom
-- A node says that it lives. Reads and writes its lease.
-- KEYS: leases (zset, node id by the end of its lease in ms), dead (hash, node id to the end of its last
-- lease). ARGV: clock offset in ms, node id, length of the lease in ms, 1 where the node is new.
-- Answers the time in ms; 0 if the node has been declared dead, or is not known any more: it must start over.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return '0' end
if ARGV[4] ~= '1' and not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return '0' end
redis.call('ZADD', KEYS[1], string.format('%d', nowMs + ARGV[3]), ARGV[2])
return string.format('%d', nowMs)
