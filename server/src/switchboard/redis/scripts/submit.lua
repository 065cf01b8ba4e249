-- Takes a batch from one session. Reads the session and its recipients; writes their mailboxes, then its own
-- newest accepted number, and publishes what it stored. Atomic, so that a number is accepted exactly when
-- its signal is stored, and a batch that is sent again is recognised.
-- ARGV 7: session id; `epoch` or `secret`; the epoch, or the hash of the secret; peer_id of the token, or empty;
-- ack; newest entry handed out (-1 where that is not known); newest number known to be accepted; id of this call,
-- or empty; 1 where a full mailbox is final. Then for each submission: seq; r, x, l, or h for a
-- heartbeat, which has no number; recipient or reason; payload or message.
-- Answers: status; accepted; rejections as JSON; where it stopped (status full), or an outcome's details; when
-- the room is to be looked at, in ms, or 0.
local session = load(ARGV[7])
if not session then return { 'gone' } end
if ARGV[8] == 'epoch' then
  if session.epoch ~= tonumber(ARGV[9]) then return { 'fenced', session.node } end
elseif not proves(session, ARGV[9], ARGV[10]) then
  return { 'gone' }
end
local ack, handed, call, final = tonumber(ARGV[11]), tonumber(ARGV[12]), ARGV[14], ARGV[15] == '1'
if tonumber(ARGV[13]) > session.accepted or handed > session.last then
  endSession(session, 'LOST', 'SESSION_LOST', 'the storage lost signals that were acknowledged')
  finish()
  return { 'lost' }
end
handedOut(session, handed)
trim(session, ack)
if call ~= '' then
  if redis.call('HGET', session.key, 'call') == call then return { 'ok', session.accepted, '[]', '', '0' } end
  redis.call('HSET', session.key, 'call', call)
end

local rejected, due = {}, 0
-- A full mailbox of one who is attached may have been handed out meanwhile: its node is asked to say so.
local function mayHaveRoomSoon(s)
  if s.node == '' or final then return false end
  publish(s, 'R', '')
  return true
end

-- Tells the sender itself. False when it should be tried again soon.
local function reject(seq, reason, message, retry)
  local entry = { t = 'rejected', seq = seq, reason = reason, message = message, retry = retry }
  local payload = control(entry)
  if not post(session, payload, maxSignals * 2, maxBytes * 2) then
    if mayHaveRoomSoon(session) then return false end
    tell(session, payload)
  end
  table.insert(rejected, entry)
  return true
end

-- Stores a signal for its recipient, or rejects it. False when it should be tried again soon.
local function relay(seq, to, payload)
  local target = redis.call('HGET', room, 'p:' .. to)
  target = target and load(target)
  if not target then
    return reject(seq, 'RECIPIENT_UNKNOWN', 'no peer of this name is in the room')
  elseif target == session then
    return reject(seq, 'RECIPIENT_INVALID', 'a peer cannot signal itself')
  elseif not post(target, payload, maxSignals, maxBytes) then
    if mayHaveRoomSoon(target) then return false end
    if target.node ~= '' then
      local cause = { reason = 'SLOW_READER', message = 'the mailbox is full and the stream is not read' }
      publish(target, 'L', cjson.encode(cause))
      detach(target)
      due = nowMs + windowMs
    end
    return reject(seq, 'MAILBOX_FULL', "the recipient's mailbox is full", 1000)
  end
  return true
end

local status, detail = 'ok', nil
local before = session.accepted
for i = 16, #ARGV, 4 do
  local kind = ARGV[i + 1]
  local seq, expected = tonumber(ARGV[i]), session.accepted + 1
  if seq == 0 then seq = expected end
  if kind == 'h' then
    if session.node ~= me then publish(session, 'B', '') end
  elseif seq > expected then
    status, detail = 'gap', seq
    break
  elseif seq == expected then
    local done = true
    session.accepted = seq
    session.changed = true
    if kind == 'l' then
      endSession(session, 'LEFT')
    elseif kind == 'x' then
      done = reject(seq, ARGV[i + 2], ARGV[i + 3])
    else
      done = relay(seq, ARGV[i + 2], ARGV[i + 3])
    end
    if not done then
      session.accepted = seq - 1
      status, detail = 'full', (i - 16) / 4
      break
    end
    if session.ended then
      status, detail = 'over', cjson.encode(session.ended)
      break
    end
  end
end
if not session.ended and session.node ~= me and session.accepted > before then
  publish(session, 'A', struct.pack('>I4', session.accepted))
end
finish()
return { status, session.accepted, #rejected > 0 and cjson.encode(rejected) or '[]', detail or '', string.format('%d', due) }
