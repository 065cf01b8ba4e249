import process from "node:process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { frame } from "./client-frame.ts";
import { piecesOf, record, recordOfOracle } from "./frame-record.ts";

const limits = { mostBytes: 1000, mostFragments: 5 };
const histories = 6_000;

/** Mostly what clients send, and now and then what none should. */
function often<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 80, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

const letters = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => Buffer.from(text));
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value));
const large = fc.integer({ min: 100, max: 1200 }).map((length) => Buffer.alloc(length, "large "));
const payload = fc.oneof(
  { weight: 4, arbitrary: letters },
  { weight: 2, arbitrary: bytes },
  { weight: 1, arbitrary: large },
);
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 });
const shape = fc.record({
  mask,
  reserved: often(fc.constant(0), fc.constantFrom(0x10, 0x20, 0x40)),
  lengthBytes: often(fc.constant(undefined), fc.constantFrom(2, 8)),
});

interface Drawn {
  readonly mask: Uint8Array;
  readonly reserved: number;
  readonly lengthBytes: number | undefined;
}

function encode(opcode: number, content: Uint8Array, final: boolean, drawn: Drawn): Buffer {
  const { lengthBytes, ...rest } = drawn;
  return frame(opcode, content, { final, ...rest, ...(lengthBytes === undefined ? {} : { lengthBytes }) });
}

const control = fc
  .tuple(fc.constantFrom(9, 10), often(bytes, large), often(fc.constant(true), fc.constant(false)), shape)
  .map(([opcode, content, final, drawn]) => encode(opcode, content, final, drawn));

/** One message, cut anywhere into fragments, with control frames between them. */
const message = fc
  .tuple(
    fc.constantFrom(1, 2),
    payload,
    fc.array(fc.nat(1000), { maxLength: 6 }),
    fc.array(fc.option(control, { nil: Buffer.alloc(0), freq: 4 }), { minLength: 7, maxLength: 7 }),
    shape,
  )
  .map(([opcode, content, cuts, between, drawn]) => {
    const at = [0, ...cuts.map((cut) => cut % (content.byteLength + 1)).sort((a, b) => a - b)];
    return Buffer.concat(
      at.flatMap((from, n) => {
        const final = n === at.length - 1;
        const piece = content.subarray(from, at[n + 1] ?? content.byteLength);
        return [
          encode(n === 0 ? opcode : 0, piece, final, drawn),
          final ? Buffer.alloc(0) : (between[n] ?? piece),
        ];
      }),
    );
  });

const stray = fc
  .tuple(fc.nat(15), payload, fc.boolean(), shape)
  .map(([opcode, content, final, drawn]) => encode(opcode, content, final, drawn));

const close = fc
  .tuple(
    fc.oneof(fc.constantFrom(1000, 1001, 1005, 3000, 4000), fc.nat(65_535)),
    fc.oneof(letters, bytes),
    mask,
  )
  .map(([code, reason, key]) =>
    frame(8, Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), reason]), { mask: key }),
  );

/** Frames with a byte or two of another value, or the end missing. */
const damaged = fc
  .tuple(fc.oneof(message, control, close), fc.nat(), fc.nat(255), fc.nat(40))
  .map(([sent, where, value, missing]) => {
    const copy = Buffer.from(sent);
    if (copy.byteLength > 0) copy[where % Math.min(copy.byteLength, 16)] = value;
    return copy.subarray(0, Math.max(0, copy.byteLength - (missing > 30 ? missing - 30 : 0)));
  });

const stream = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: message },
      { weight: 3, arbitrary: control },
      { weight: 1, arbitrary: stray },
      { weight: 1, arbitrary: damaged },
      { weight: 1, arbitrary: close },
    ),
    { maxLength: 8 },
  )
  .map((pieces) => Buffer.concat(pieces));

test("any bytes in any pieces are to this reader what they are to that of ws", async () => {
  const seed = Number(process.env["PARLEY_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  const seen = new Map<string, number>();
  const note = (line: string) => {
    const kind = /^(fault \d+|\w+)/.exec(line)?.[0] ?? line;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  };
  await fc.assert(
    fc.asyncProperty(stream, fc.integer({ min: 1, max: 700 }), async (sent, size) => {
      const expected = await recordOfOracle(sent, limits);
      expect(record([sent], limits)).toEqual(expected);
      expect(record(piecesOf(sent, 1), limits)).toEqual(expected);
      expect(record(piecesOf(sent, size), limits)).toEqual(expected);
      for (const line of expected) note(line);
    }),
    { numRuns: histories, seed },
  );
  console.log(`frames: ${histories} streams, seed ${seed}`, JSON.stringify(Object.fromEntries(seen)));
  // They would prove nothing if they never came to what matters.
  const kinds = [
    "text",
    "binary",
    "ping",
    "pong",
    "close",
    ...[1002, 1007, 1008, 1009].map((code) => `fault ${code}`),
  ];
  for (const kind of kinds) expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(histories / 200);
}, 120_000);
