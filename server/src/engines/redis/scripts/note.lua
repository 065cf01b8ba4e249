#!lua flags=allow-oom
-- Before sessions of a room are attached to a node: the node's own list has the room, and it is looked at from now
-- on. KEYS: rooms of the node (set), looks (zset, room by the time of the next look in ms). A look that was about to find the room empty cannot retire it after this, since
-- the time changes: `retire` comes within half of that span after `claim`, or never, and whole milliseconds are its own.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000) + offsetMs
redis.call('SADD', KEYS[1], room)
redis.call('ZADD', KEYS[2], 'LT', string.format('%d.5', nowMs + math.floor(everyMs / 2)), room)
return 1
