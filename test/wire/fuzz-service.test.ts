import { create, toBinary } from "@bufbuild/protobuf";
import { SendSignalsRequestSchema, SignalingService, SignalRequestSchema } from "@parley/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openGrants } from "../../server/src/admission/grants.ts";
import { FieldReader, MalformedError } from "../../server/src/codec/field-reader.ts";
import { readSignal } from "../../server/src/codec/signal-reader.ts";
import type { Call, OpenCall } from "../../server/src/rpc/call.ts";
import { openReceive } from "../../server/src/rpc/receive.ts";
import { openSendSignals } from "../../server/src/rpc/send-signals.ts";
import { openSignal } from "../../server/src/rpc/signal.ts";
import { bodyFault } from "../../server/src/session/relayed-body.ts";
import { submissionOf } from "../../server/src/session/submission.ts";
import { FakeExchange } from "./fake-exchange.ts";
import { endOf, FuzzWire } from "./fuzz-call.ts";
import { chunksOf, fuzzBodyOf, harm, harmed } from "./fuzz-input.ts";
import { envelope } from "./raw-request.ts";
import { makeHost } from "./service-host.ts";

const seed = Number(process.env["PARLEY_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
console.log(`fuzz of the service: seed ${seed}`);

const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA\r\n";
const signals = (
  [
    { case: "join", value: { room: "fuzz", peerId: "ada", nonce: new Uint8Array(16), metadata: { a: "b" } } },
    { case: "join", value: { room: "no room" } },
    { case: "resume", value: { sessionToken: "token", lastSeq: 3 } },
    { case: "offer", value: { sdp } },
    { case: "answer", value: { sdp: "v=0" } },
    { case: "iceCandidate", value: { candidate: "candidate:1 1 udp 1 10.0.0.1 9 typ host" } },
    { case: "bye", value: { reason: "done" } },
    { case: "heartbeat", value: {} },
    { case: "leave", value: {} },
    { case: undefined },
  ] as const
).flatMap((body, index) =>
  [0, index].map((seq) =>
    create(SignalRequestSchema, { seq, ack: index, to: "ada", negotiationId: "n", body }),
  ),
);
const encoded = signals.map((signal) => Buffer.from(toBinary(SignalRequestSchema, signal)));
const batch = Buffer.from(
  toBinary(SendSignalsRequestSchema, create(SendSignalsRequestSchema, { sessionToken: "t", signals })),
);

/** Messages that are right, or were before a byte was changed. */
const message = fc
  .tuple(
    fc.oneof(fc.constantFrom(...encoded), fc.constant(batch), randomBytes()),
    fc.option(harm, { nil: undefined }),
  )
  .map(([bytes, harmBy]) => (harmBy === undefined ? bytes : harmed(bytes, harmBy)));
/** A session needs its join: a body begins with one more often than not. */
const [join = Buffer.alloc(0)] = encoded;
const body = fc
  .tuple(fc.boolean(), fc.array(message, { maxLength: 6 }))
  .map(([joins, messages]) =>
    Buffer.concat((joins ? [join, ...messages] : messages).map((one) => envelope(one))),
  );
/** The same of `ReceiveRequest`: `join` is its first field. */
const receive = message.map((bytes) => {
  const inner = new FieldReader(bytes);
  try {
    while (inner.next()) {
      if (inner.wireType === 2 && inner.field >= 20) {
        return envelope(
          Buffer.concat([Buffer.from([(inner.field - 19) * 8 + 2, inner.value().byteLength]), inner.value()]),
        );
      }
    }
  } catch {
    // It is not well formed, and goes as it is.
  }
  return envelope(bytes);
});

function randomBytes() {
  return fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
}

/** Nothing may be thrown into the wire that is not meant for the client. */
function onlyTyped(open: OpenCall, thrown: unknown[]): OpenCall {
  return (call: Call) => {
    const handler = open(call);
    return {
      get messageBytes() {
        return handler.messageBytes ?? Number.POSITIVE_INFINITY;
      },
      vet: (head, json) => handler.vet?.(head, json),
      message: (bytes) => {
        try {
          handler.message(bytes);
        } catch (error) {
          thrown.push(error);
        }
      },
      halfClose: () => handler.halfClose(),
      drain: () => handler.drain(),
      closed: (error) => handler.closed(error),
    };
  };
}

test("every RPC answers any bytes with a typed end, and keeps nothing of them", async () => {
  const { signal, receive: receiveMethod, sendSignals } = SignalingService.method;
  const inputs = fc.oneof(
    fc.record({ method: fc.constant(signal), input: fuzzBodyOf(body) }),
    fc.record({ method: fc.constant(sendSignals), input: fuzzBodyOf(body) }),
    fc.record({ method: fc.constant(receiveMethod), input: fuzzBodyOf(receive) }),
  );
  const { clock, host } = makeHost({
    batchSignals: 16,
    signalBytes: 65_536,
    messageBytes: 262_144,
    mailboxSignals: 16,
    mailboxBytes: 65_536,
  });
  const thrown: unknown[] = [];
  const wire = new FuzzWire(
    [
      { method: signal, open: onlyTyped(openSignal(host), thrown) },
      { method: receiveMethod, open: onlyTyped(openReceive(host), thrown) },
      { method: sendSignals, open: onlyTyped(openSendSignals(host), thrown) },
    ],
    host.settings.messageBytes,
  );
  let opened = 0;
  await fc.assert(
    fc.asyncProperty(inputs, async ({ method, input }) => {
      const exchange = new FakeExchange({
        httpVersion: 2,
        method: "POST",
        target: `/parley.v1.SignalingService/${method.name}`,
        headers: { "content-type": "application/grpc" },
      });
      await wire.run(exchange, chunksOf(input));
      if (exchange.ended) endOf(exchange);
      else exchange.cut();
      if (exchange.written.length > 0) opened++;
      clock.advance(40_000);
      expect(thrown).toEqual([]);
      expect(wire.errors).toEqual([]);
      expect([host.attached.size, host.timers.pending, host.switchboard.counts().sessions]).toEqual([
        0, 0, 0,
      ]);
    }),
    { numRuns: 20_000, seed },
  );
  expect(opened).toBeGreaterThan(1000);
}, 60_000);

test("the readers of the session read any bytes, or say that they are malformed", () => {
  const orMalformed = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  };
  fc.assert(
    fc.property(fc.oneof(message, randomBytes()), fc.constantFrom(10, 11, 12, 13, 0), (input, field) => {
      orMalformed(() => {
        const reader = new FieldReader(input);
        while (reader.next()) expect(reader.valueEnd).toBeLessThanOrEqual(input.byteLength);
      });
      orMalformed(() =>
        submissionOf(
          readSignal(input),
          input.byteLength,
          { signalBytes: 65_536, metadataBytes: 4096 },
          openGrants,
        ),
      );
      orMalformed(() => bodyFault(field, input));
    }),
    { numRuns: 30_000, seed },
  );
});
