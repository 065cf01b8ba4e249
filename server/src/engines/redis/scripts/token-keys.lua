#!lua flags=allow-oom
-- Agrees on the keys that mark session tokens: what is stored comes first, and a node adds its own only while
-- nothing is stored, as at the first start or after Redis has lost everything. So the nodes agree on the keys of
-- whichever comes first. It also runs if Redis is full: without these keys no node could start.
-- KEYS: token keys (string, comma-separated, newest first). `keys` are those of the calling node.
-- Answers the stored keys.
local stored = redis.call('GET', KEYS[1])
if stored then return stored end
redis.call('SET', KEYS[1], keys)
return keys
