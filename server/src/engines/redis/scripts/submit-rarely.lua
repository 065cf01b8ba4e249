-- What `submit` rarely needs. It comes after the part about rooms, in a function of its own that is called when the first
-- of it is needed.
local rejected = {}
local sender, budget

-- A full mailbox of one who is attached may have been handed out meanwhile: its node is asked to report.
local function mayHaveRoomSoon(s, isFinal)
  if s.node == '' or isFinal then return false end
  publish(s, 'R', '')
  return true
end

-- Puts a rejection into the sender's own mailbox. False if it should be tried again soon.
local function reject(seq, index, isFinal, rejection)
  rejection.seq = seq
  if not post(sender, 'c', cjson.encode(rejection), maxSignals * 2, maxBytes * 2, isRejection, seq) then
    if mayHaveRoomSoon(sender, isFinal) then return false end
    endSession(sender, 'OVERFLOWED', 'O')
    return true
  end
  sender.gate = sender.last
  rejection.index = index
  rejected[#rejected + 1] = rejection
  return true
end

-- The `negotiation_id` at the beginning of a payload.
local function negotiationOf(payload)
  if string.byte(payload, 1) ~= 0x22 then return '' end
  local length, scale, at = 0, 1, 1
  repeat
    at = at + 1
    local byte = string.byte(payload, at)
    length, scale = length + byte % 128 * scale, scale * 128
  until byte < 128
  return string.sub(payload, at + 1, at + length)
end

-- How many entries of a mailbox were not handed out, and what they cost; then those of the sender among them. Counted
-- once in each script, and kept up to date as entries are added.
local function waitingIn(s)
  if s.waiting then return s.waiting end
  local waiting = { count = 0, bytes = 0, ownCount = 0, ownBytes = 0 }
  local index = string.sub(s.raw, s.at) .. table.concat(s.added or {})
  for at = 1 + math.max(0, s.cursor + 1 - s.first) * indexBytes, #index, indexBytes do
    local word, about = struct.unpack(indexFormat, index, at)
    local cost = word % isRejection + overhead
    waiting.count, waiting.bytes = waiting.count + 1, waiting.bytes + cost
    if about == sender.number and word % startsBatch < isRejection then
      waiting.ownCount, waiting.ownBytes = waiting.ownCount + 1, waiting.ownBytes + cost
    end
  end
  s.waiting = waiting
  return waiting
end

-- Stores a signal; false if there is no room for it. In a mailbox that is over half full with what was not handed out,
-- one sender has a share. What was handed out does not count, because it can go.
local function postWithin(target, mark, payload)
  local cost = #mark + #payload + overhead
  local waiting = waitingIn(target)
  if waiting.count * 2 > maxSignals or waiting.bytes * 2 > maxBytes then
    if waiting.ownCount + 1 > math.max(1, maxSignals / 4) or waiting.ownBytes + cost > shareBytes then return false end
  end
  if not post(target, mark, payload, maxSignals, maxBytes, 0, sender.number) then return false end
  waiting.count, waiting.bytes = waiting.count + 1, waiting.bytes + cost
  waiting.ownCount, waiting.ownBytes = waiting.ownCount + 1, waiting.ownBytes + cost
  return true
end

-- Takes a signal that `submit` could not store at once, or rejects it. False if it should be tried again soon.
local function relay(seq, toSession, index, to, payload, target, mark, isFinal)
  local reason, message, retry
  if not target then
    reason, message = 'RECIPIENT_UNKNOWN', 'no peer with this name is in the room'
  elseif toSession ~= 0 and toSession ~= target.number then
    reason, message = 'RECIPIENT_UNKNOWN', 'the session in to_session has ended'
  elseif target == sender then
    reason, message = 'RECIPIENT_INVALID', 'a peer cannot signal itself'
  elseif postWithin(target, mark, payload) then
    return true
  else
    if mayHaveRoomSoon(target, isFinal) then return false end
    publish(target, 'F', '')
    reason, message, retry = 'MAILBOX_FULL', "the recipient's mailbox is full", 1000
  end
  return reject(seq, index, isFinal, {
    reason = reason, message = message, retry = retry, to = to, toSession = toSession,
    negotiation = negotiationOf(payload),
  })
end

-- Takes one update from the session's budget. Answers 0, or the milliseconds until the next one is allowed.
local function spendUpdate()
  if not budget then
    local raw = redis.call('HGET', key, 'u:' .. sender.number)
    local left, at
    if raw then left, at = struct.unpack('>dd', raw) end
    budget = { left = left or updatesPerSecond, at = at or nowMs() }
  end
  budget.left = math.min(updatesPerSecond, budget.left + (nowMs() - budget.at) * updatesPerSecond / 1000)
  budget.at = nowMs()
  if budget.left < 1 then return math.ceil((1 - budget.left) * 1000 / updatesPerSecond) end
  budget.left = budget.left - 1
  return 0
end

-- Replaces the metadata of the session, or rejects that. False if it should be tried again soon.
local function update(seq, bytes, index, metadata, isFinal)
  local waitMs = spendUpdate()
  local reason, message, retry
  if waitMs > 0 then
    reason, retry = 'RATE_LIMITED', waitMs
    message = string.format('a peer may update its metadata %d times per second', updatesPerSecond)
  else
    openRoom()
    local before = infos[sender.number] or redis.call('HGET', key, 'i:' .. sender.number)
    local given, number, at, _, trusted = struct.unpack(infoFormat, before)
    if bytes <= given or room.metadata - given + bytes <= maxMetadata then
      local info = struct.pack(infoFormat, bytes, number, at, #sender.peer, sender.peer, #trusted, trusted) .. metadata
      infos[number] = info
      room.metadata = room.metadata - given + bytes
      announce(sender.peer, 'u', info)
      return true
    end
    reason, retry = 'ROOM_FULL', 5000
    message = string.format('the metadata of a room has at most %d bytes', maxMetadata)
  end
  return reject(seq, index, isFinal, {
    reason = reason, message = message, retry = retry, to = '', toSession = 0, negotiation = '',
  })
end

local writeOther = writeRoom
writeRoom = function(written)
  if budget and not sender.ended then
    written[#written + 1] = 'u:' .. sender.number
    written[#written + 1] = struct.pack('>dd', budget.left, budget.at)
  end
  writeOther(written)
end

rare = {
  endingOf = endingOf,
  -- Ends a session of which the storage has lost a part.
  lose = function(session)
    endSession(session, 'LOST', 'L')
    finish()
    return { 'ended', cjson.encode(endings.L) }
  end,
  take = function(session, kind, seq, about, index, to, payload, target, mark, isFinal)
    sender = session
    if kind == 'r' then return relay(seq, about, index, to, payload, target, mark, isFinal) end
    if kind == 'u' then return update(seq, about, index, payload, isFinal) end
    if kind == 'x' then return reject(seq, index, isFinal, cjson.decode(payload)) end
    if kind == 't' then
      publish(session, 'T', payload)
    elseif kind == 'e' then
      endSession(session, 'REMOVED', payload)
    else
      endSession(session, 'LEFT', '-')
    end
    return true
  end,
  rejectionsAsJson = function() return #rejected > 0 and cjson.encode(rejected) or '[]' end,
}
