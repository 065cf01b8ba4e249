-- A room, its roster, and how sessions begin and end: the second part of the scripts that may change these.

-- After an outage everybody gets this long to come back, in ms; `graceMs` of the reaper.
local graceMs = 5000
-- How long it is remembered why a session ended, in seconds, and of how many sessions of a room.
local tombstoneSeconds, mostTombstones, tombstoneBytes = 60, 512, 21

local roomFormat = '>I4I4ddI4'
-- The bytes of the metadata, session number, time of the join in microseconds, peer_id, what the issuer of its access token
-- says about the peer; then the metadata.
local infoFormat = '>I4I4dBc0I2c0'

local room, members, tombstones
local changes, infos = {}, {}

-- The time in microseconds, read when it is first needed.
local timeUs
local function nowUs()
  if not timeUs then
    local time = redis.call('TIME')
    timeUs = time[1] * 1000000 + time[2] + offsetMs * 1000
  end
  return timeUs
end

local function nowMs()
  return math.floor(nowUs() / 1000)
end

local function drop(field)
  dropped[#dropped + 1] = field
end

-- The room, whose head is `raw` if that has been read.
local function openRoom(raw)
  if room then return room end
  if raw == nil then raw = redis.call('HGET', key, 'h') end
  room = { version = 0, newest = 0, at = 0, metadata = 0, count = 0, seats = {} }
  if raw then
    local at
    -- The version of the roster; the newest session number; the newest time of a join; the bytes of all metadata; how
    -- many members there are. Then the nodes that have streams of the room, each with how many.
    room.version, room.newest, room.at, room.metadata, room.count, at = struct.unpack(roomFormat, raw)
    while at <= #raw do
      local node, count
      node, count, at = struct.unpack('>I2c0I4', raw, at)
      room.seats[node] = count
    end
  end
  room.previous = room.version
  return room
end

local function packRoom()
  local parts = { struct.pack(roomFormat, room.version, room.newest, room.at, room.metadata, room.count) }
  for node, count in pairs(room.seats) do parts[#parts + 1] = struct.pack('>I2c0I4', #node, node, count) end
  return table.concat(parts)
end

-- Counts a stream of the room that a node has, or has no more.
local function seat(node, change)
  local seats = openRoom().seats
  local count = (seats[node] or 0) + change
  seats[node] = count > 0 and count or nil
  room.changed = true
end

local function listed(number, peer)
  return struct.pack('>I4Bc0', number, #peer, peer)
end

local function openMembers(raw)
  if not members then members = raw or redis.call('HGET', key, 'l') or '' end
  return members
end

-- The names of all members, or the fields that hold what is seen of them, in the order in which they joined.
local function listMembers(asFields)
  local list, at = {}, 1
  local all = openMembers()
  while at <= #all do
    local number, peer
    number, peer, at = struct.unpack('>I4Bc0', all, at)
    list[#list + 1] = asFields and 'i:' .. number or peer
  end
  return list
end

-- The session under this name; nil if there is none.
local function load(peer)
  if sessions[peer] then return detail(sessions[peer]) end
  local raw = redis.call('HGET', key, 'p:' .. peer)
  return raw and detail(openSession(peer, raw)) or nil
end

-- Opens all sessions of the room.
local function loadAll()
  local peers, fields, all = listMembers(false), {}, {}
  for i, peer in ipairs(peers) do fields[i] = 'p:' .. peer end
  for i, raw in ipairs(#fields > 0 and read(fields) or {}) do
    if raw then all[#all + 1] = detail(sessions[peers[i]] or openSession(peers[i], raw)) end
  end
  return all
end

-- How the session of this id ended, if that is known.
local function endingOf(id)
  local known = redis.call('HGET', key, 't')
  local at = known and string.find(known, id, 1, true)
  return at and endings[string.sub(known, at + 16, at + 16)] or nil
end

-- The session of this id under this name; otherwise nil, and how it ended if that is known.
local function find(peer, id)
  local s = load(peer)
  if s and s.id == id then return s end
  return nil, endingOf(id)
end

-- Whether a peer is hidden: see `hidden.ts`.
local function hides(peer)
  return string.byte(peer) == 33
end

-- Announces a change of the roster to all nodes that have streams of the room. What a hidden peer does is no change; but 0
-- is no version, not even of a room with nobody to see.
local function announce(peer, kind, rest)
  local before = openRoom().version
  room.changed = true
  if hides(peer) and before > 0 then return end
  room.version = math.max(before + 1, math.floor(nowUs() / 1000000))
  if hides(peer) then return end
  local message = 'M' .. struct.pack('>I2c0I4I4', #key, key, before, room.version) .. kind .. rest
  changes[#changes + 1] = message
  for node in pairs(room.seats) do
    publications[#publications + 1] = channels .. node
    publications[#publications + 1] = message
  end
end

-- Remembers for a while why a session ended. The oldest come first.
local function rememberEnd(id, ending)
  tombstones = tombstones or redis.call('HGET', key, 't') or ''
  local seconds = math.floor(nowUs() / 1000000)
  local from = 1
  while from <= #tombstones and (#tombstones - from + 1 >= mostTombstones * tombstoneBytes
    or struct.unpack('>I4', tombstones, from + 17) <= seconds) do
    from = from + tombstoneBytes
  end
  tombstones = string.sub(tombstones, from) .. struct.pack('>c16c1I4', id, ending, seconds + tombstoneSeconds)
end

-- Ends a session, and notifies its stream and the room. `ending` is one of `endings` in `script-messages.ts`.
local function endSession(s, leave, ending)
  detail(s)
  openRoom()
  local info, join = unpack(redis.call('HMGET', key, 'i:' .. s.number, 'k:' .. s.number))
  drop('p:' .. s.peer)
  for _, field in ipairs({ 'i:', 'k:', 'u:', 'g:' }) do drop(field .. s.number) end
  local nonce = join and struct.unpack('Bc0', join) or ''
  if nonce ~= '' then drop('n:' .. nonce) end
  local stored = math.floor((#s.raw - s.at + 1) / indexBytes)
  if stored > 0 then drop('m:' .. s.number .. ':' .. s.base) end
  for i = 1, stored - 1 do
    if string.byte(s.raw, s.at + i * indexBytes) >= 128 then drop('m:' .. s.number .. ':' .. s.first + i) end
  end
  local from, to = string.find(openMembers(), listed(s.number, s.peer), 1, true)
  if from then members = string.sub(members, 1, from - 1) .. string.sub(members, to + 1) end
  room.membersChanged = true
  room.count = math.max(0, room.count - 1)
  room.metadata = math.max(0, room.metadata - (info and struct.unpack('>I4', info) or 0))
  if s.batch and s.node ~= '' then
    publications[#publications + 1] = channels .. s.node
    publications[#publications + 1] = table.concat(s.batch)
  end
  if leave == 'LEFT' then publish(s, 'A', struct.pack('>I4', s.accepted) .. undelivered(s)) end
  publish(s, 'L', cjson.encode(endings[ending]))
  if s.node ~= '' then seat(s.node, -1) end
  announce(s.peer, 'l', struct.pack('>I4Bc0', s.number, #s.peer, s.peer) .. leave)
  rememberEnd(s.id, ending)
  -- The node that has caused the end counts it, wherever the stream is; those who wait in a lobby have no session.
  if string.sub(key, -7) ~= '#lobby}' then
    publications[#publications + 1] = channels .. me
    publications[#publications + 1] = 'O' .. s.address .. ending .. leave
  end
  s.ended = endings[ending]
  infos[s.number] = nil
  sessions[s.peer] = nil
end

-- Makes all seats that a session ever had void.
local function renew(s)
  s.epoch = s.epoch + 1
  s.address = s.id .. struct.pack('>I4', s.epoch)
  s.changed = true
end

-- The seat is void from here on, and the resume window lasts until then.
local function detach(s, untilMs)
  if s.node ~= '' then seat(s.node, -1) end
  s.node = ''
  s.due = untilMs
  renew(s)
end

-- Gives the stream of a session to the calling node; the seat that had it is void. `from` is what the client has
-- processed.
local function attach(s, from, attempt)
  if s.node ~= '' then
    publish(s, 'L', cjson.encode({ reason = 'SESSION_REPLACED', message = 'a newer stream has taken over this session' }))
    seat(s.node, -1)
  end
  seat(me, 1)
  s.node = me
  s.due = 0
  s.cursor = from
  s.attempt = math.max(s.attempt, attempt)
  renew(s)
  progress(s, from, from)
end

-- Whether a newer attempt of the same client has been here. 0 leaves it to the order of arrival.
local function isOvertaken(s, attempt)
  return attempt ~= 0 and attempt < s.attempt
end

local overtaken = { 'refused', 'SESSION_REPLACED', 'a newer attempt of this client has opened the session' }

-- Attaches to a session whose client has processed all up to `lastSeq`, or ends it if that cannot be: an entry was
-- dropped that it has not acknowledged, or it counts more than there ever were. What it has acknowledged it has
-- processed, so a request that knows less is an old one, and is not a gap.
local function attachAfter(s, lastSeq, attempt)
  local from = math.max(lastSeq, s.acked)
  if lastSeq <= s.last and from >= s.first - 1 then
    attach(s, from, attempt)
    return nil
  end
  local message = string.format('the mailbox holds %d to %d, and cannot continue after %d', s.first, s.last, lastSeq)
  endSession(s, 'OVERFLOWED', 'G')
  return { 'refused', 'RESUME_GAP', message }
end

-- What an attachment is answered with: the session, what this script changed in the roster, and the roster, which is
-- left out if the node has that of before this script.
local function attached(s, resumed, known)
  openRoom()
  local info = infos[s.number] or redis.call('HGET', key, 'i:' .. s.number)
  local fields = known ~= 0 and known == room.previous and {} or listMembers(true)
  local reply = { 'ok', s.id, s.epoch, resumed, s.accepted, undelivered(s), s.cursor, room.version, room.newest, info,
    #changes }
  for _, change in ipairs(changes) do reply[#reply + 1] = change end
  for i, member in ipairs(#fields > 0 and read(fields) or {}) do
    reply[#reply + 1] = fields[i] == 'i:' .. s.number and info or member
  end
  return reply
end

writeRoom = function(written)
  local function write(field, value)
    written[#written + 1] = field
    written[#written + 1] = value
  end
  for number, info in pairs(infos) do write('i:' .. number, info) end
  if room and room.changed then write('h', packRoom()) end
  if room and room.membersChanged then
    if members == '' then drop('l') else write('l', members) end
    -- An empty room only remembers, for as long as its tombstones last.
    if room.count == 0 then redis.call('EXPIRE', key, tombstoneSeconds) else redis.call('PERSIST', key) end
  end
  if tombstones then write('t', tombstones) end
end
