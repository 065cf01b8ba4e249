import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type SignalRequest,
  SignalRequestSchema,
  SignalResponseSchema,
  type Welcome,
} from "@parley/contract";
import type { Kind } from "./bench-client.ts";

const bodyFields: Readonly<Record<Kind, number>> = { offer: 10, answer: 11, candidate: 12 };
const kindsByField = new Map(Object.entries(bodyFields).map(([kind, field]) => [field, kind as Kind]));

/** What a peer of Parley keeps of its session: numbers, and what is not acknowledged. */
export class ParleySession {
  readonly #received: (from: string, kind: Kind, text: string) => void;
  readonly unacked: { seq: number; bytes: Buffer }[] = [];
  token = "";
  lastSeq = 0;
  ackedSeq = 0;
  /** The highest entry that was acknowledged to the server. */
  saidSeq = 0;
  #nextSeq = 1;

  constructor(received: (from: string, kind: Kind, text: string) => void) {
    this.#received = received;
  }

  /** How its stream begins: with a join, or a resume if it has joined. */
  start(room: string, peerId: string) {
    const { token: sessionToken, lastSeq, ackedSeq } = this;
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    return sessionToken === ""
      ? ({ case: "join", value: { room, peerId, nonce } } as const)
      : ({ case: "resume", value: { sessionToken, lastSeq, ackedSeq } } as const);
  }

  /** Numbers and encodes one signal, and keeps it until it is acknowledged. */
  encode(to: string, kind: Kind, text: string): Buffer {
    const seq = this.#nextSeq++;
    const value = Buffer.from(text);
    const inner = [...tag(1, value.length)];
    if (kind === "candidate") inner.push();
    const extra = kind === "candidate" ? Buffer.from([0x12, 1, 0x30, 0x18, 0]) : Buffer.alloc(0);
    const toBytes = Buffer.from(to, "latin1");
    this.saidSeq = this.lastSeq;
    const bytes = Buffer.concat([
      Buffer.from([0x08, ...varint(seq), 0x10, ...varint(this.lastSeq), ...tag(3, toBytes.length)]),
      toBytes,
      Buffer.from([
        ...tag(4, 2),
        0x6e,
        0x31,
        ...tag(bodyFields[kind], inner.length + value.length + extra.length),
      ]),
      Buffer.from(inner),
      value,
      extra,
    ]);
    this.unacked.push({ seq, bytes });
    return bytes;
  }

  /** A request that only acknowledges. */
  acknowledgement(): Buffer {
    this.saidSeq = this.lastSeq;
    return request({ ack: this.lastSeq, body: { case: "heartbeat", value: {} } });
  }

  acknowledged(ack: number): void {
    if (ack > this.ackedSeq) this.ackedSeq = ack;
    while (this.unacked[0] !== undefined && this.unacked[0].seq <= ack) this.unacked.shift();
  }

  /** Takes a response; returns its `Welcome`, if it is one. Throws if a number is missing or comes twice. */
  take(bytes: Buffer): Welcome | undefined {
    const { seq, ack, sender, field, body } = readHead(bytes);
    this.acknowledged(ack);
    if (seq !== 0) {
      if (seq !== this.lastSeq + 1) throw new Error(`got ${seq} after ${this.lastSeq}`);
      this.lastSeq = seq;
    }
    const kind = kindsByField.get(field);
    if (kind !== undefined) {
      const { start, end } = readText(body);
      this.#received(sender, kind, body.toString("utf8", start, end));
      return undefined;
    }
    if (field === 23 || field === 31) return undefined; // Heartbeat, PeerJoined
    const response = fromBinary(SignalResponseSchema, bytes);
    if (response.body.case === "welcome") {
      this.token = response.body.value.sessionToken;
      return response.body.value;
    }
    if (response.body.case === "rejected") throw new Error(`rejected: ${response.body.value.message}`);
    return undefined;
  }
}

export function request(init: Parameters<typeof create<typeof SignalRequestSchema>>[1]): Buffer {
  return Buffer.from(toBinary(SignalRequestSchema, create(SignalRequestSchema, init) as SignalRequest));
}

/** A message in the envelope of gRPC and Connect. */
export function envelope(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

/** Tag and length of a field of bytes. */
export function tag(field: number, length: number): number[] {
  return [...varint((field << 3) | 2), ...varint(length)];
}

let at = 0;
function readVarint(bytes: Buffer): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
}

function readHead(bytes: Buffer) {
  let seq = 0;
  let ack = 0;
  let sender = "";
  let field = 0;
  let body = bytes.subarray(0, 0);
  at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes);
    const value = readVarint(bytes);
    if (key === 0x08) seq = value;
    else if (key === 0x10) ack = value;
    else if ((key & 7) === 2) {
      const end = at + value;
      if (key === 0x1a) sender = bytes.toString("latin1", at, end);
      else if (key !== 0x22) {
        field = key >>> 3;
        body = bytes.subarray(at, end);
      }
      at = end;
    }
  }
  return { seq, ack, sender, field, body };
}

function readText(body: Buffer): { start: number; end: number } {
  at = 0;
  if (readVarint(body) !== 0x0a) return { start: 0, end: 0 };
  const length = readVarint(body);
  return { start: at, end: at + length };
}
