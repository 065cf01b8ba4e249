const seqTag = 0x08; // field 1, varint
const ackTag = 0x10; // field 2, varint

/** The fields `seq` and `ack` of a `SignalResponse`, encoded: what stands before a mailbox payload. 0 is left out. */
export function encodeResponseHead(seq: number, ack: number): Uint8Array {
  const length = (seq === 0 ? 0 : 1 + varintLength(seq)) + (ack === 0 ? 0 : 1 + varintLength(ack));
  const head = Buffer.allocUnsafe(length);
  let at = 0;
  if (seq !== 0) {
    head[at++] = seqTag;
    at = writeVarint(head, at, seq);
  }
  if (ack !== 0) {
    head[at++] = ackTag;
    writeVarint(head, at, ack);
  }
  return head;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) length++;
  return length;
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}
