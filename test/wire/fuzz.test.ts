import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EnvelopeReader } from "../../server/src/wire/envelope-reader.ts";
import { watchAllocations } from "./allocation-watch.ts";
import { echoMethods, encodeEcho } from "./echo-service.ts";
import { FakeExchange } from "./fake-exchange.ts";
import { endOf, FuzzHandler, FuzzWire, turn } from "./fuzz-call.ts";
import { chunksOf, type FuzzBody, fuzzBody, limit } from "./fuzz-input.ts";
import { decodeEnvelopes, decodeGzip } from "./reference-decoder.ts";

const seed = Number(process.env["PARLEY_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`fuzz: seed ${seed}`);

const answer = encodeEcho("answer");

describe("the envelope reader", () => {
  test("finds what the book finds, wherever the bytes are cut, and asks for no more memory than it may", () => {
    fc.assert(
      fc.property(fuzzBody, (input) => {
        const messages: Buffer[] = [];
        let fault: unknown;
        let boundary = true;
        const chunks = chunksOf(input);
        const flat: number[] = [];
        const { largest, total } = watchAllocations(() => {
          const reader = new EnvelopeReader(limit, {
            messageLimit: limit,
            head: () => {},
            envelope: (flags, bytes) => {
              flat.push(flags);
              messages.push(bytes as Buffer);
            },
          });
          try {
            for (const chunk of chunks) reader.push(chunk);
            boundary = reader.atBoundary;
          } catch (error) {
            fault = error;
          }
        });
        expect(largest).toBeLessThanOrEqual(limit);
        // A buffer doubles as it fills: all of them together are less than three times what has come.
        expect(total).toBeLessThanOrEqual(3 * input.body.byteLength + limit);
        const expected = cutEnvelopes(input.body);
        expect(flat).toEqual(expected.flags);
        expect(Buffer.concat(messages).equals(Buffer.concat(expected.messages))).toBe(true);
        expect(fault === undefined).toBe(expected.fault === undefined);
        if (fault !== undefined) expect(fault).toMatchObject({ name: "WireFault", kind: expected.fault });
        else expect(boundary).toBe(expected.whole);
      }),
      { numRuns: 50_000, seed },
    );
  });

  test("a length that is promised costs nothing before its bytes come", () => {
    const readers = 1000;
    const megabytes = 4 * 1024 * 1024;
    const header = Buffer.from([0, 0, 0x40, 0, 0, 1]);
    const { total } = watchAllocations(() => {
      for (let count = 0; count < readers; count++) {
        new EnvelopeReader(1024, { messageLimit: megabytes, head: () => {}, envelope: () => {} }).push(
          header,
        );
      }
    });
    expect(total).toBeLessThanOrEqual(readers * 4096);
  });
});

/** Flags and bytes of each envelope, up to the first that is none or is too large. */
function cutEnvelopes(body: Buffer) {
  const flags: number[] = [];
  const messages: Buffer[] = [];
  let at = 0;
  while (body.byteLength - at >= 5) {
    const length = body.readUInt32BE(at + 1);
    if (body.readUInt8(at) > 1) return { flags, messages, fault: "malformed", whole: false };
    if (length > limit) return { flags, messages, fault: "tooLarge", whole: false };
    if (body.byteLength - at - 5 < length) break;
    flags.push(body.readUInt8(at));
    messages.push(body.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return { flags, messages, fault: undefined, whole: at === body.byteLength };
}

describe("a call", () => {
  const kinds = fc.record({
    name: fc.constantFrom<keyof typeof echoMethods>("unary", "down", "up", "both"),
    protocol: fc.constantFrom("grpc", "grpc-web", "grpc-web-text", "connect"),
    json: fc.boolean(),
    gzip: fc.boolean(),
    pauses: fc.boolean(),
    slow: fc.boolean(),
    cutAfter: fc.option(fc.nat({ max: 4 }), { freq: 8, nil: undefined }),
  });
  type Kind = typeof kinds extends fc.Arbitrary<infer T> ? T : never;

  const typed = new Set([
    undefined,
    Code.InvalidArgument,
    Code.ResourceExhausted,
    Code.Unimplemented,
    Code.Internal,
  ]);

  test("ends with what the book says, in every protocol, and its handler learns the truth", async () => {
    await fc.assert(
      fc.asyncProperty(fuzzBody, kinds, async (input, kind) => {
        const { handlers, wire, exchange } = make(kind);
        const body = kind.protocol === "grpc-web-text" ? base64Of(input.body) : input.body;
        await wire.run(exchange, chunksOf({ ...input, body }), kind.cutAfter);
        for (let turns = 0; turns < 1000 && handlers.some(({ closedTimes }) => closedTimes === 0); turns++) {
          await turn();
        }
        expect(wire.errors).toEqual([]);
        expect(wire.clock.pending).toBe(0);
        expect(handlers.map(({ closedTimes }) => closedTimes)).toEqual([1]);
        const { messages = [] } = handlers[0] ?? {};
        for (const { byteLength } of messages) if (!kind.json) expect(byteLength).toBeLessThanOrEqual(limit);
        if (kind.cutAfter !== undefined && !exchange.ended) return;
        const end = endOf(exchange);
        expect(typed).toContain(end);
        if (kind.json) return;
        const expected = expectedOf(input, kind);
        expect({ end, messages }).toEqual(
          kind.cutAfter === undefined
            ? { end: expected.fault, messages: expected.messages }
            : { end, messages },
        );
      }),
      { numRuns: 100_000, seed },
    );
  }, 240_000);

  function make(kind: Kind) {
    const handlers: FuzzHandler[] = [];
    const method = echoMethods[kind.name];
    const open = (call: ConstructorParameters<typeof FuzzHandler>[0]) => {
      const handler = new FuzzHandler(call, answer, kind.pauses);
      handlers.push(handler);
      return handler;
    };
    const wire = new FuzzWire([{ method, open }], limit);
    const exchange = new FakeExchange({
      httpVersion: 2,
      method: "POST",
      target: `/test.v1.EchoService/${method.name}`,
      headers: headersOf(kind),
    });
    exchange.slow = kind.slow;
    return { handlers, wire, exchange };
  }
});

function base64Of(body: Buffer): Buffer {
  return Buffer.from(body.toString("base64"));
}

interface Spoken {
  readonly name: keyof typeof echoMethods;
  readonly protocol: string;
  readonly json: boolean;
  readonly gzip: boolean;
}

function headersOf({ name, protocol, json, gzip }: Spoken): Record<string, string> {
  const codec = json ? "json" : "proto";
  if (protocol !== "connect") {
    const encoding: Record<string, string> = gzip ? { "grpc-encoding": "gzip" } : {};
    return { "content-type": `application/${protocol}+${codec}`, ...encoding };
  }
  if (name === "unary") {
    const encoding: Record<string, string> = gzip ? { "content-encoding": "gzip" } : {};
    return { "content-type": `application/${codec}`, ...encoding };
  }
  const encoding: Record<string, string> = gzip ? { "connect-content-encoding": "gzip" } : {};
  return { "content-type": `application/connect+${codec}`, ...encoding };
}

/** What a call makes of a body, by the protocols' books. */
function expectedOf({ body }: FuzzBody, { name, protocol, gzip }: Spoken) {
  if (protocol === "connect" && name === "unary") {
    if (body.byteLength > limit) return { messages: [], fault: Code.ResourceExhausted };
    const message = gzip ? decodeGzip(body, limit) : body;
    return message instanceof Buffer
      ? { messages: [message], fault: undefined }
      : { messages: [], fault: message };
  }
  const { messages, fault } = decodeEnvelopes(body, limit, gzip);
  if (name === "up" || name === "both") return { messages, fault };
  // One message, and not before it is certain that no second follows.
  if (messages.length > 1) return { messages: [], fault: Code.Unimplemented };
  if (fault !== undefined) return { messages: [], fault };
  return messages.length === 1 ? { messages, fault } : { messages, fault: Code.Unimplemented };
}
