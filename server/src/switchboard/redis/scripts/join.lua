-- Enters a room, or attaches anew where the nonce is that of a session which is there.
-- Reads the room and whoever bears the name; writes the new session, and PeerJoined into every mailbox of the
-- room. Atomic, so that two joins under one name, or the 101st and the 102nd of a room, cannot both succeed,
-- and joined_at rises strictly.
-- ARGV 7: session id, peer_id, whether that was asked for (1 or 0), metadata, nonce, hash of the new secret,
-- policy for a peer_id that is taken, peers that a room holds.
local id, peer, chosen, metadata, nonce = ARGV[7], ARGV[8], ARGV[9] == '1', ARGV[10], ARGV[11]
local secret, policy, roomPeers = ARGV[12], ARGV[13], tonumber(ARGV[14])

-- The same call again, because its answer was lost between Redis and the node.
local again = load(id)
if again then
  attach(again, 0)
  local reply = attached(again, 0)
  finish()
  return reply
end

local known = nonce ~= '' and redis.call('HGET', room, 'n:' .. nonce)
local before = known and load(known)
if before then
  local same = redis.call('HGET', before.key, 'meta') == metadata and (not chosen or before.peer == peer)
  if not same then return { 'refused', 'NONCE_REUSED', 'this nonce is that of another join' } end
  local reply
  if reaches(before, 0) then
    redis.call('HSET', before.key, 'older', redis.call('HGET', before.key, 'secret'), 'secret', secret)
    attach(before, 0)
    reply = attached(before, 1)
  else
    reply = giveUp(before, 0)
  end
  finish()
  return reply
end

local bearer = redis.call('HGET', room, 'p:' .. peer)
bearer = bearer and load(bearer)
if bearer then
  if bearer.node ~= '' and policy == 'reject' then
    return { 'refused', 'PEER_ID_TAKEN', 'a connected peer bears this peer_id', 1000 }
  end
  endSession(bearer, 'REPLACED', 'PEER_REPLACED', 'another session joined under this peer_id')
elseif redis.call('ZCARD', orderKey) >= roomPeers then
  return { 'refused', 'ROOM_FULL', 'the room holds ' .. roomPeers .. ' peers, as many as it may', 5000 }
end

local at = math.max(nowUs, tonumber(redis.call('HGET', room, 'at') or '0') + 1)
local atText = string.format('%.0f', at)
broadcast(control({ t = 'joined', peer = peer, at = atText, meta = metadata }), id)
-- Telling the others may have ended the last of them, and with it the room: it is written after that.
redis.call('HSET', room, 'p:' .. peer, id, 'at', atText)
if nonce ~= '' then redis.call('HSET', room, 'n:' .. nonce, id) end
redis.call('ZADD', orderKey, atText, id)
redis.call('HSET', room .. ':s:' .. id, 'peer', peer, 'meta', metadata, 'at', atText, 'nonce', nonce,
  'secret', secret, 'older', '', 'node', '', 'epoch', 0, 'accepted', 0, 'last', 0, 'first', 1, 'cursor', 0,
  'total', 0, 'dropped', 0)
sessions[id] = nil
local session = load(id)
attach(session, 0)
local reply = attached(session, 0)
finish()
return reply
