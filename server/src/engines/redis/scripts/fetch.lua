#!lua flags=no-writes
-- The entries of a mailbox after one of them.
-- Answers: the newest entry that the client has acknowledged; the newest that there is; then batches as they are stored,
-- of which the first may begin before the entry that was asked for. If there is no such session, only why it ended, as
-- JSON, or nothing.
local session, ending = find(peer, sessionId)
if not session then return ending and { cjson.encode(ending) } or {} end
local from = math.max(tonumber(after) + 1, session.first)
local upTo = math.min(session.last, from + tonumber(count) - 1)
if from > upTo then return { session.acked, session.last } end
-- Where the batches begin, from the one that has `from` on.
local bases, seq = { session.base }, session.first
for at = session.at, #session.raw, indexBytes do
  if seq > upTo then break end
  if seq > session.base and string.byte(session.raw, at) >= 128 then
    if seq <= from then bases = {} end
    bases[#bases + 1] = seq
  end
  seq = seq + 1
end
local reply, fields = { session.acked, session.last }, {}
for i, base in ipairs(bases) do fields[i] = 'm:' .. session.number .. ':' .. base end
for _, batch in ipairs(read(fields)) do reply[#reply + 1] = batch end
return reply
