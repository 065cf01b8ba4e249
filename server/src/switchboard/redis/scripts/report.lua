#!lua flags=allow-oom
-- What was handed to the stream of a session, and what its client has processed.
-- ARGV 4: session id; peer_id; epoch; ack; newest entry handed out.
local raw = redis.call('HGET', key, 'p:' .. ARGV[5])
local session = raw and openSession(ARGV[5], raw)
if not session or session.address ~= ARGV[4] .. struct.pack('>I4', tonumber(ARGV[6])) then return 0 end
progress(session, tonumber(ARGV[8]), tonumber(ARGV[7]))
finish()
return 1
