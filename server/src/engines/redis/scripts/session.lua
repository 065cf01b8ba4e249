-- The sessions of a room and their mailboxes: the first part of every script of a room. `finish()` is their last call.
--
-- A room is one hash, and that is the only key of its scripts. While a cluster moves a slot, a server has the whole room
-- or nothing of it, so a script runs to its end or is sent elsewhere before it begins. Its fields:
--   h                 the room itself: see `openRoom`
--   l                 its members in the order in which they joined: session number, peer_id
--   p:<peer_id>       the session that holds this name: see `openSession`
--   i:<number>        what the others see of a session: see `infoFormat`
--   k:<number>        how it joined: hash of its nonce, or empty; hash of its join; its owner, or empty
--   n:<hash>          a nonce, by its hash: the peer_id of its session
--   u:<number>        its budget of updates: how many are left, and since when, in milliseconds
--   g:<number>        the newest number that the engine gave to a signal without one; absent if it gave none
--   m:<number>:<seq>  the entries of its mailbox from `seq` on that were stored together: see `post`
--   t                 why sessions ended lately: see `rememberEnd`
--
-- KEYS[1] is the room. Each argument is a local variable: see `script-arguments.ts`. A script starts over with each call, and so does all that it defines: what is rarely needed
-- is kept out of this part.
local key = KEYS[1]

-- What an entry costs beside its bytes, of which the first is a mark; see `entryOverheadBytes` of the memory engine.
local overhead = 63
-- How many fields go into one command: Lua passes a limited number of arguments.
local chunk = 1000

-- A session as it is stored: what changes all the time, then what seldom does (see `detail`), then the index of its
-- mailbox.
local movingFormat, detailFormat = '>I4I4I4I4I4I4I4d', '>c16I4I4I4dc43c12I2c0'
local idAt, epochAt, numberAt, secretAt, callAt, nodeAt = 37, 53, 57, 73, 116, 128
local noCall = '------------'
-- An entry in the index of a mailbox: its size and two flags, then the number of its sender's session or, for a
-- rejection, the number of the signal that was rejected.
local indexFormat, indexBytes = '>I4I4', 8
local startsBatch, isRejection = 2147483648, 1073741824

local sessions, dropped, publications = {}, {}, {}
-- Writes what changed in the room itself: set by the part of the script that may change it.
local writeRoom

-- The values of these fields, in their order; false for one that is absent.
local function read(fields)
  if #fields <= chunk then return redis.call('HMGET', key, unpack(fields)) end
  local values = {}
  for from = 1, #fields, chunk do
    local some = redis.call('HMGET', key, unpack(fields, from, math.min(from + chunk - 1, #fields)))
    for _, value in ipairs(some) do values[#values + 1] = value end
  end
  return values
end

-- The session under this name, as it was read.
local function openSession(peer, raw)
  local accepted, last, acked, first, base, cursor, gate, bytes, address, number =
    struct.unpack('>I4I4I4I4I4I4I4dc20I4', raw)
  local node, at = struct.unpack('>I2c0', raw, nodeAt)
  local s = {
    peer = peer,
    accepted = accepted, -- the newest number of what the client sent
    last = last, -- the newest entry of the mailbox
    acked = acked, -- the newest entry that the client has acknowledged
    first = first, -- the oldest entry that is still there; last + 1 if there is none
    base = base, -- where the batch of the oldest entry begins
    cursor = cursor, -- the newest entry that was handed to the stream, as far as it is known
    gate = gate, -- the newest entry that is a rejection
    bytes = bytes, -- what the entries cost
    address = address, -- its id and its epoch, as publications begin
    number = number, -- its number in the room
    node = node, -- the node that has the stream; empty if there is none
    raw = raw, at = at, -- its index begins here
    changed = false,
  }
  sessions[peer] = s
  return s
end

-- Unpacks what is seldom needed, and may then be changed.
local function detail(s)
  if s.id then return s end
  s.id, -- names the session in its token
  s.epoch, -- rises with each attachment, and with the loss of one
  s.number,
  s.attempt, -- the client's highest attempt
  s.due, -- the end of the resume window in ms; 0 while there is a stream
  s.secret, -- the hash of the secret
  s.call = -- the last call that brought unnumbered signals
    struct.unpack('>c16I4I4I4dc43c12', s.raw, idAt)
  return s
end

local function packDetails(s)
  return struct.pack(detailFormat, s.id, s.epoch, s.number, s.attempt, s.due, s.secret, s.call, #s.node, s.node)
end

local function packSession(s)
  local moving = struct.pack(movingFormat, s.accepted, s.last, s.acked, s.first, s.base, s.cursor, s.gate, s.bytes)
  local details = s.id and packDetails(s) or string.sub(s.raw, idAt, nodeAt + 1 + #s.node)
  if s.added then return moving .. details .. string.sub(s.raw, s.at) .. table.concat(s.added) end
  return moving .. details .. string.sub(s.raw, s.at)
end

-- What is published to the node that has the stream of a session.
local function publish(s, kind, rest)
  if s.node == '' then return end
  publications[#publications + 1] = channels .. s.node
  publications[#publications + 1] = kind .. s.address .. rest
end

-- Forgets all entries up to `seq`; a batch is dropped with its last entry.
local function forget(s, seq)
  while s.first <= seq do
    s.bytes = s.bytes - struct.unpack('>I4', s.raw, s.at) % isRejection - overhead
    s.at = s.at + indexBytes
    s.first = s.first + 1
    local flags = string.byte(s.raw, s.at)
    if not flags or flags >= 128 then
      dropped[#dropped + 1] = 'm:' .. s.number .. ':' .. s.base
      s.base = s.first
    end
  end
  s.changed = true
end

-- What was handed to the stream, and what the client has processed. What was never handed out cannot be acknowledged,
-- and stays.
local function progress(s, cursor, ack)
  if cursor > s.cursor then
    s.cursor = math.min(cursor, s.last)
    s.changed = true
  end
  local upTo = math.min(ack, s.cursor)
  if upTo > s.acked then
    s.acked = upTo
    s.changed = true
    if s.first <= upTo then forget(s, upTo) end
  end
end

-- Stores the next entry, which is its mark and a payload; false if there is no room for it. What was handed out gives
-- way, the rest never.
local function post(s, mark, payload, signals, bytes, flags, about)
  local size = #mark + #payload
  local cost = size + overhead
  while s.last - s.first + 1 >= signals or s.bytes + cost > bytes do
    if s.first > s.last or s.first > s.cursor then return false end
    forget(s, s.first)
  end
  s.last = s.last + 1
  s.bytes = s.bytes + cost
  local batch, added = s.batch, s.added
  if not batch then
    -- What is stored is what is published, so that it is put together once.
    batch, added = { 'E', s.address, struct.pack('>I4', s.last) }, {}
    s.batch, s.added, s.batchFirst = batch, added, s.last
    flags = flags + startsBatch
  end
  added[#added + 1] = struct.pack(indexFormat, size + flags, about)
  local at = #batch
  batch[at + 1] = struct.pack('>I4', size)
  batch[at + 2] = mark
  batch[at + 3] = payload
  s.changed = true
  return true
end

-- The rejections that the client has not been handed, as far as it is known: each the number of its entry, then that of
-- the signal that was rejected. Nothing from that signal on may be acknowledged until then.
local function undelivered(s)
  if s.gate <= s.cursor then return '' end
  local found, seq = {}, math.max(s.first, s.cursor + 1)
  local index = string.sub(s.raw, s.at) .. table.concat(s.added or {})
  for at = 1 + (seq - s.first) * indexBytes, #index, indexBytes do
    local word, rejected = struct.unpack(indexFormat, index, at)
    if word % startsBatch >= isRejection then found[#found + 1] = struct.pack('>I4I4', seq, rejected) end
    seq = seq + 1
  end
  return table.concat(found)
end

-- Writes what changed, then publishes what was stored.
local function finish()
  local written, batches = {}, {}
  for peer, s in pairs(sessions) do
    if s.changed then
      written[#written + 1] = 'p:' .. peer
      written[#written + 1] = packSession(s)
      if s.batch then
        local batch = table.concat(s.batch)
        written[#written + 1] = 'm:' .. s.number .. ':' .. s.batchFirst
        written[#written + 1] = batch
        if s.node ~= '' then
          batches[#batches + 1] = channels .. s.node
          batches[#batches + 1] = batch
        end
      end
    end
  end
  if writeRoom then writeRoom(written) end
  for from = 1, #dropped, chunk do
    redis.call('HDEL', key, unpack(dropped, from, math.min(from + chunk - 1, #dropped)))
  end
  for from = 1, #written, chunk do
    redis.call('HSET', key, unpack(written, from, math.min(from + chunk - 1, #written)))
  end
  for i = 1, #batches, 2 do redis.call('PUBLISH', batches[i], batches[i + 1]) end
  for i = 1, #publications, 2 do redis.call('PUBLISH', publications[i], publications[i + 1]) end
end
