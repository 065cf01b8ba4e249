#!lua
-- Enters a room; or attaches again to the session whose join had this nonce.
-- Atomic, so that two joins under one name, or the 101st and the 102nd of a room, cannot both succeed, and the time of
-- the join rises strictly.
metadataBytes, attempt, knownVersion = tonumber(metadataBytes), tonumber(attempt), tonumber(knownVersion)
mostPeers = tonumber(mostPeers)

local head, list, raw, namesake = unpack(redis.call('HMGET', key, 'h', 'l', 'p:' .. peer, 'n:' .. nonce))
openRoom(head)
openMembers(list)
local holder = raw and detail(openSession(peer, raw))

-- The same call again, because its answer was lost between Redis and the node.
if holder and holder.id == sessionId then
  attach(holder, holder.acked, attempt)
  local reply = attached(holder, 0, knownVersion)
  finish()
  return reply
end

local function joinOf(s)
  return struct.unpack('Bc0Bc0Bc0', redis.call('HGET', key, 'k:' .. s.number))
end

local before = nonce ~= '' and namesake and load(namesake)
if before then
  local _, asBefore = joinOf(before)
  if asBefore ~= join then return { 'refused', 'NONCE_REUSED', 'this nonce belongs to another join' } end
  if isOvertaken(before, attempt) then return overtaken end
  local reply = attachAfter(before, 0, attempt) or attached(before, 1, knownVersion)
  finish()
  return reply
end

-- How many peers the newcomer shares its places with, if they may be so many: hidden ones take none of the others, which
-- do not know of them.
local function peersLike(most)
  if room.count < most then return room.count end
  local count = 0
  for _, name in ipairs(listMembers(false)) do
    if hides(name) == hides(peer) then count = count + 1 end
  end
  return count
end

local given = 0
if holder then
  local proof, _, holderOwner = joinOf(holder)
  local givesWay = owner == holderOwner and (policy == 'replace' or (proof ~= '' and proof == formerNonce)
    or (holder.node == '' and (proof == '' or owner ~= '')))
  if not givesWay then
    local isAway = holder.node == ''
    return {
      'refused', 'PEER_ID_TAKEN',
      isAway and 'this peer_id is reserved for a peer that lost its connection' or 'a connected peer holds this peer_id',
      string.format('%d', isAway and math.max(1, holder.due - nowMs()) or 1000),
    }
  end
  given = struct.unpack('>I4', redis.call('HGET', key, 'i:' .. holder.number))
elseif peersLike(mostPeers) >= mostPeers then
  local message = string.format('the room holds %d peers, and %d are allowed', peersLike(mostPeers), mostPeers)
  return { 'refused', 'ROOM_FULL', message, '5000' }
end
if room.metadata - given + metadataBytes > maxMetadata then
  return { 'refused', 'ROOM_FULL', string.format('the metadata of a room has at most %d bytes', maxMetadata), '5000' }
end
if holder then endSession(holder, 'REPLACED', 'R') end

local number = room.newest + 1
local at = math.max(nowUs(), room.at + 1)
local info = struct.pack(infoFormat, metadataBytes, number, at, #peer, peer, #trusted, trusted) .. metadata
announce(peer, 'j', info)
infos[number] = info
room.newest, room.at, room.count, room.metadata = number, at, room.count + 1, room.metadata + metadataBytes
room.membersChanged = true
members = members .. listed(number, peer)
redis.call('HSET', key, 'k:' .. number, struct.pack('Bc0Bc0Bc0', #nonce, nonce, #join, join, #owner, owner))
if nonce ~= '' then redis.call('HSET', key, 'n:' .. nonce, peer) end
local session = detail(openSession(peer, struct.pack(movingFormat, 0, 0, 0, 1, 1, 0, 0, 0)
  .. struct.pack(detailFormat, sessionId, 0, number, 0, 0, secret, noCall, 0, '')))
attach(session, 0, attempt)
local reply = attached(session, 0, knownVersion)
finish()
return reply
