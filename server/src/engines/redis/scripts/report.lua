#!lua flags=allow-oom
-- What was handed to the stream of a session, and what its client has processed.
local raw = redis.call('HGET', key, 'p:' .. peer)
local session = raw and openSession(peer, raw)
if not session or session.address ~= sessionId .. struct.pack('>I4', tonumber(epoch)) then return 0 end
progress(session, tonumber(cursor), tonumber(ack))
finish()
return 1
