#!lua
-- Takes a batch from one session: stores it in the mailboxes of its recipients, and publishes what it stored. Atomic, so
-- that a number is accepted exactly when its signal is stored, and a batch that is sent again is recognized.
-- From ARGV[firstItem] on, each submission has three arguments: its kind, its number, and another number; and for
--   r   the session that is meant, or 0; recipient, payload
--   x   0; empty, the rejection as JSON
--   u   the bytes of the metadata; empty, the metadata
--   t   0; empty, what follows from a newer access token
--   l   0; empty, empty
--   e   0; empty, one of `endings`: the service ends the session
--   h   0; empty, empty: a heartbeat, which has no number
-- Answers: status; accepted; the rejections that were not handed out; those of this batch as JSON; where it stopped
-- (status full), or an outcome's details; how many signals for others it took, stored or rejected.

local names, wanted, isWanted = { peer }, { 'p:' .. peer }, { [peer] = true }
for i = firstItem, #ARGV, 3 do
  local to = ARGV[i + 1]
  if to ~= '' and not isWanted[to] then
    isWanted[to] = true
    names[#names + 1] = to
    wanted[#wanted + 1] = 'p:' .. to
  end
end
local found = read(wanted)
for i = 1, #names do
  if found[i] then openSession(names[i], found[i]) end
end

local session = sessions[peer]
if not session or string.sub(session.address, 1, 16) ~= sessionId then
  local ending = rarely().endingOf(sessionId)
  return ending and { 'ended', cjson.encode(ending) } or { 'gone' }
end
local current = struct.unpack('>I4', session.address, 17)
if epoch == 0 then
  if string.sub(session.raw, secretAt, callAt - 1) ~= secret then return { 'gone' } end
elseif epoch ~= current then
  return { 'fenced', session.node }
end
-- What an older seat has handed out says nothing about the newer one, which may still have to read it.
if handedEpoch ~= current then handed = 0 end
if known > session.accepted or handed > session.last then return rarely().lose(session) end
progress(session, handed, ack)
if call ~= '' then
  if detail(session).call == call then return { 'ok', session.accepted, undelivered(session), '[]', '', 0 } end
  session.call = call
  session.changed = true
end

-- What comes before a relayed payload: its mark, and the fields `sender` and `sender_session` of SignalResponse.
local mark = 'r\26' .. string.char(#peer) .. peer .. '\40'
local rest = session.number
while rest >= 128 do
  mark = mark .. string.char(rest % 128 + 128)
  rest = math.floor(rest / 128)
end
mark = mark .. string.char(rest)

local before, refused, relays = session.accepted, false, 0
local status, detail = 'ok', ''
-- The newest number that this batch was given for a signal without one.
local given
for i = firstItem, #ARGV, 3 do
  local kind, seq, about = struct.unpack('>c1I4I4', ARGV[i])
  local expected = session.accepted + 1
  local isUnnumbered = seq == 0
  if isUnnumbered then seq = expected end
  if kind == 'h' then
    if session.node ~= me then publish(session, 'B', '') end
  elseif seq > expected then
    status, detail = 'gap', seq
    break
  elseif seq == expected then
    local target = sessions[ARGV[i + 1]]
    local done = true
    session.accepted = seq
    session.changed = true
    -- Below half, a mailbox takes whatever comes. All else is rare.
    if kind ~= 'r' or not target or target == session or (about ~= 0 and about ~= target.number)
      or (target.last - target.first + 1) * 2 > maxSignals or target.bytes * 2 > maxBytes
      or not post(target, mark, ARGV[i + 2], maxSignals, maxBytes, 0, session.number) then
      refused = true
      done = rarely().take(session, kind, seq, about, (i - firstItem) / 3, ARGV[i + 1], ARGV[i + 2], target, mark,
        final == 1)
    end
    if not done then
      session.accepted = seq - 1
      status, detail = 'full', (i - firstItem) / 3
      break
    end
    if session.ended then
      status, detail = 'over', cjson.encode(session.ended)
      break
    end
    if isUnnumbered then given = seq end
    if kind == 'r' then relays = relays + 1 end
  elseif seq <= (given or tonumber(redis.call('HGET', key, 'g:' .. session.number) or 0)) then
    -- Perhaps a repeat, perhaps another signal of a client that does not know that its number is in use.
    status, detail = 'taken', seq
    break
  end
end
if given and not session.ended then redis.call('HSET', key, 'g:' .. session.number, given) end
if session.accepted > before and session.node ~= me and not session.ended then
  publish(session, 'A', struct.pack('>I4', session.accepted) .. undelivered(session))
end
finish()
return { status, session.accepted, undelivered(session), refused and rarely().rejectionsAsJson() or '[]', detail,
  relays }
