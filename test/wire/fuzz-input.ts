import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { encodeEcho } from "./echo-service.ts";
import { envelope } from "./raw-request.ts";

/** The limit of a message in these tests: small, so that inputs are often near it. */
export const limit = 512;

const bomb = envelope(gzipSync(Buffer.alloc(limit * 100)), 1);
const exact = envelope(gzipSync(Buffer.alloc(limit, 7)), 1);
const many = Buffer.concat(Array.from({ length: 20 }, () => envelope(encodeEcho("a"))));
const json = ["{}", '{"text":"a"}', '{"text":1}', "[".repeat(400), '{"text":"\\ud800"}', '"', "null"];

/** The pieces that bodies are made of. */
const piece: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 40 }).map((text) => envelope(encodeEcho(text))) },
  { weight: 2, arbitrary: fc.constantFrom(...json).map((text) => envelope(Buffer.from(text))) },
  { weight: 2, arbitrary: fc.nat({ max: limit + 2 }).map((length) => envelope(Buffer.alloc(length, 8))) },
  { weight: 1, arbitrary: fc.constant(many) },
  {
    weight: 2,
    arbitrary: fc.string({ maxLength: 40 }).map((text) => envelope(gzipSync(encodeEcho(text)), 1)),
  },
  { weight: 1, arbitrary: fc.constantFrom(bomb, exact, envelope(Buffer.alloc(0), 1)) },
  { weight: 1, arbitrary: fc.nat({ max: 30 }).map((cut) => envelope(exact.subarray(5, 5 + cut), 1)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat({ max: 255 }), bytes(20)).map(([flags, body]) => envelope(body, flags)),
  },
  { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 0xffff_ffff })).map(declare) },
  { weight: 1, arbitrary: bytes(40) },
);

function bytes(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
}

/** A header that promises so many bytes, and nothing behind it. */
function declare([flags, length]: readonly [number, number]): Buffer {
  const header = Buffer.alloc(5, flags);
  header.writeUInt32BE(length, 1);
  return header;
}

/** What is done to a body that was right: a byte changed, one gone, or the rest cut off. */
export interface Harm {
  readonly kind: "change" | "remove" | "cut";
  readonly at: number;
  readonly to: number;
}

export const harm: fc.Arbitrary<Harm> = fc.record({
  kind: fc.constantFrom("change", "remove", "cut"),
  at: fc.nat({ max: 10_000 }),
  to: fc.nat({ max: 255 }),
});

export function harmed(body: Buffer, { kind, at, to }: Harm): Buffer {
  if (body.byteLength === 0) return body;
  const place = at % body.byteLength;
  if (kind === "cut") return body.subarray(0, place);
  if (kind === "remove") return Buffer.concat([body.subarray(0, place), body.subarray(place + 1)]);
  const copy = Buffer.from(body);
  copy.writeUInt8(to, place);
  return copy;
}

/** A body, and how it comes. */
export interface FuzzBody {
  readonly body: Buffer;
  /** At which bytes it is cut into chunks; 1 cuts between all bytes. */
  readonly every: number | undefined;
  readonly cuts: readonly number[];
}

/** A body of whatever kind, and all the ways in which it may come. */
export function fuzzBodyOf(body: fc.Arbitrary<Buffer>): fc.Arbitrary<FuzzBody> {
  return fc.record({
    body,
    every: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined, freq: 2 }),
    cuts: fc.array(fc.nat({ max: 10_000 }), { maxLength: 3 }),
  });
}

export const fuzzBody = fuzzBodyOf(
  fc
    .tuple(fc.array(piece, { maxLength: 5 }), fc.array(harm, { maxLength: 1 }))
    .map(([pieces, harms]) => harms.reduce(harmed, Buffer.concat(pieces))),
);

/** The chunks of a body: each a copy, as those of a socket are. */
export function chunksOf({ body, every, cuts }: FuzzBody): Buffer[] {
  const places = new Set(cuts.map((cut) => cut % (body.byteLength + 1)));
  if (every !== undefined) for (let at = every; at < body.byteLength; at += every) places.add(at);
  const sorted = [0, ...[...places].sort((a, b) => a - b), body.byteLength];
  return sorted.slice(1).map((end, index) => Buffer.from(body.subarray(sorted[index], end)));
}
