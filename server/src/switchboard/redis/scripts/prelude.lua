-- What every script of a room shares. It stands before each of them; `finish()` is the last thing they call.
--
-- Keys, all with the hash tag of the room, so that one script is atomic over them:
--   <room>            hash    p:<peer_id> and n:<nonce> to session id; at: the newest joined_at
--   <room>:order      zset    session ids by joined_at, in microseconds
--   <room>:due        zset    session ids without a stream, by the end of their resume window, in milliseconds
--   <room>:s:<id>     hash    a session (see `load`); for a minute after its end, only why it ended
--   <room>:m:<id>     stream  its mailbox: entry <seq>-<bytes of all entries so far>, field p the payload
--
-- KEYS[1] is <room>. ARGV begins with: clock offset in ms (0 but in tests), signals and bytes that a mailbox
-- holds, resume window in ms, the id of the calling node, the prefix of the channels of the nodes.
local room = KEYS[1]
local orderKey, dueKey = room .. ':order', room .. ':due'
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2] + ARGV[1] * 1000
local nowMs = math.floor(nowUs / 1000)
local maxSignals, maxBytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local windowMs, me, channels = tonumber(ARGV[4]), ARGV[5], ARGV[6]

-- What an entry costs beside its payload; `entryOverheadBytes` of the engine in memory.
local overhead = 64
-- After an outage everybody gets so long to come back, in ms; `graceMs` of the reaper.
local graceMs = 5000
-- How long it is remembered why a session ended, in seconds.
local epitaphSeconds = 60

local sessions = {}

-- The session of this id, read once for each script; nil when there is none.
local function load(id)
  local s = sessions[id]
  if s ~= nil then return s or nil end
  local key = room .. ':s:' .. id
  local f = redis.call('HMGET', key, 'peer', 'node', 'epoch', 'accepted', 'last', 'first', 'cursor', 'total',
    'dropped', 'nonce')
  if not f[1] then
    sessions[id] = false
    return nil
  end
  s = {
    id = id, key = key, mail = room .. ':m:' .. id, peer = f[1], nonce = f[10],
    node = f[2],                  -- the node that has its stream; empty where it has none
    epoch = tonumber(f[3]),       -- rises with each attachment and each loss of one
    accepted = tonumber(f[4]),    -- the newest number of what the client sent
    last = tonumber(f[5]),        -- the newest entry of the mailbox
    first = tonumber(f[6]),       -- the oldest entry that is still there; last + 1 when there is none
    cursor = tonumber(f[7]),      -- the newest entry that was handed to the stream, as far as it is known
    total = tonumber(f[8]),       -- the bytes of all entries there ever were
    dropped = tonumber(f[9]),     -- the bytes of those that are gone
    frames = '',                  -- what is to be published for it
  }
  sessions[id] = s
  return s
end

-- Whether a token is one of this session: by its secret, and by the peer that it names. The node signs with that
-- name, so a client must not choose it.
local function proves(s, secret, peer)
  local secrets = redis.call('HMGET', s.key, 'secret', 'older')
  return peer == s.peer and (secret == secrets[1] or secret == secrets[2])
end

local function save(s)
  s.changed = false
  redis.call('HSET', s.key, 'node', s.node, 'epoch', s.epoch, 'accepted', s.accepted, 'last', s.last,
    'first', s.first, 'cursor', s.cursor, 'total', s.total, 'dropped', s.dropped)
end

-- Tells the node that has the stream of a session.
local function publish(s, kind, rest)
  if s.node == '' then return end
  redis.call('PUBLISH', channels .. s.node, kind .. s.id .. struct.pack('>I4', s.epoch) .. rest)
end

local function publishFrames(s)
  if s.frames == '' then return end
  publish(s, 'E', s.frames)
  s.frames = ''
end

-- Forgets all entries up to `seq`, which is there.
local function forget(s, seq)
  local entry = redis.call('XRANGE', s.mail, seq, seq, 'COUNT', 1)[1]
  if seq >= s.last then
    redis.call('DEL', s.mail)
  else
    redis.call('XTRIM', s.mail, 'MINID', '=', seq + 1)
  end
  s.first = seq + 1
  s.dropped = entry and tonumber(string.match(entry[1], '-(%d+)$')) or s.total
  s.changed = true
end

-- The client has processed all up to `seq`. What was never handed out cannot be acknowledged, and stays.
local function trim(s, seq)
  local upTo = math.min(seq, s.cursor)
  if upTo >= s.first then forget(s, upTo) end
end

local function handedOut(s, cursor)
  if cursor > s.cursor then
    s.cursor = math.min(cursor, s.last)
    s.changed = true
  end
end

-- Stores the next entry; false when there is no room for it. What was handed out gives way, the rest never.
local function post(s, payload, signals, bytes)
  local cost = #payload + overhead
  while s.last - s.first + 1 >= signals or s.total - s.dropped + cost > bytes do
    if s.first > s.last or s.first > s.cursor then return false end
    forget(s, s.first)
  end
  s.last = s.last + 1
  s.total = s.total + cost
  redis.call('XADD', s.mail, string.format('%d-%d', s.last, s.total), 'p', payload)
  if s.node ~= '' then s.frames = s.frames .. struct.pack('>I4I4', s.last, #payload) .. payload end
  s.changed = true
  return true
end

-- An entry that the nodes encode when they hand it on: who came and went, and rejections.
local function control(entry)
  return 'c' .. cjson.encode(entry)
end

local ending, endingNow = {}, false
local tell

local function broadcast(payload, except)
  for _, id in ipairs(redis.call('ZRANGE', orderKey, 0, -1)) do
    local s = id ~= except and load(id)
    if s then tell(s, payload) end
  end
end

local function remove(s, leave, reason, message)
  if redis.call('HGET', room, 'p:' .. s.peer) == s.id then redis.call('HDEL', room, 'p:' .. s.peer) end
  if s.nonce ~= '' then redis.call('HDEL', room, 'n:' .. s.nonce) end
  redis.call('ZREM', orderKey, s.id)
  redis.call('ZREM', dueKey, s.id)
  broadcast(control({ t = 'left', peer = s.peer, reason = leave }), s.id)
  publishFrames(s)
  if leave == 'LEFT' then publish(s, 'A', struct.pack('>I4', s.accepted)) end
  publish(s, 'L', cjson.encode({ reason = reason, message = message }))
  redis.call('DEL', s.key, s.mail)
  redis.call('HSET', s.key, 'end', reason or '', 'message', message or '')
  redis.call('EXPIRE', s.key, epitaphSeconds)
  sessions[s.id] = false
end

-- Ends a session. That tells the others, which may overflow and so end them: one after another, not nested.
local function endSession(s, leave, reason, message)
  if s.ended then return end
  s.ended = { reason = reason, message = message }
  table.insert(ending, { s, leave, reason, message })
  if endingNow then return end
  endingNow = true
  while #ending > 0 do remove(unpack(table.remove(ending, 1), 1, 4)) end
  endingNow = false
  if redis.call('ZCARD', orderKey) == 0 then redis.call('DEL', room, orderKey, dueKey) end
end

-- Posts what a session must not miss; where there is no room for it, the session is over.
tell = function(s, payload)
  if s.ended or post(s, payload, maxSignals * 2, maxBytes * 2) then return end
  endSession(s, 'OVERFLOWED', 'SESSION_OVERFLOWED', 'the mailbox could not hold what must not be missed')
end

-- The seat is void from here on, and the resume window begins, or began at another time.
local function detach(s, untilMs)
  s.node = ''
  s.epoch = s.epoch + 1
  s.frames = ''
  s.changed = true
  redis.call('ZADD', dueKey, untilMs or nowMs + windowMs, s.id)
end

-- Takes the stream from whoever has it, and gives it to the calling node.
local function attach(s, lastSeq)
  publish(s, 'L', cjson.encode({ reason = 'SESSION_REPLACED', message = 'a newer stream took this session over' }))
  s.epoch = s.epoch + 1
  s.node = me
  s.cursor = lastSeq
  s.changed = true
  trim(s, lastSeq)
  redis.call('ZREM', dueKey, s.id)
end

-- What an attachment is answered with: the session, then the other members in the order of joining.
local function attached(s, resumed)
  save(s)
  local self = redis.call('HMGET', s.key, 'at', 'meta')
  local reply = { 'ok', s.id, s.peer, self[1], self[2], s.epoch, resumed, s.accepted, s.last }
  for _, id in ipairs(redis.call('ZRANGE', orderKey, 0, -1)) do
    if id ~= s.id then
      for _, field in ipairs(redis.call('HMGET', room .. ':s:' .. id, 'peer', 'at', 'meta')) do
        table.insert(reply, field)
      end
    end
  end
  return reply
end

local function reaches(s, seq)
  return seq >= s.first - 1 and seq <= s.last
end

-- Ends a session whose client cannot go on with it, so that the others are told now, not after the window.
local function giveUp(s, lastSeq)
  local message = string.format('the mailbox holds %d to %d, and cannot go on after %d', s.first, s.last, lastSeq)
  endSession(s, 'OVERFLOWED', 'RESUME_GAP', message)
  return { 'refused', 'RESUME_GAP', message }
end

-- Writes back what changed, and publishes what was stored: stored first, published second.
local function finish()
  for _, s in pairs(sessions) do
    if s and s.changed then save(s) end
    if s then publishFrames(s) end
  end
end
