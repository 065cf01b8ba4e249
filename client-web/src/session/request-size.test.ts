import { encode, SignalRequest } from "@parley/contract/plain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sizeOf } from "./request-size.ts";
import { type OutgoingSignal, request, requestOf } from "./signals.ts";

const text = fc.string({ unit: "binary" });
const to = text;
const candidate = fc.record(
  { candidate: text, sdpMid: text, sdpMLineIndex: fc.nat(), usernameFragment: text },
  { requiredKeys: [] },
);
const signal: fc.Arbitrary<OutgoingSignal> = fc.oneof(
  fc.record({ kind: fc.constant("offer" as const), to, sdp: text, negotiationId: text, toSession: fc.nat() }),
  fc.record({ kind: fc.constant("answer" as const), to, sdp: text, provisional: fc.boolean() }),
  fc.record({ kind: fc.constant("ice-candidate" as const), to, candidate }),
  fc.record({ kind: fc.constant("bye" as const), to, reason: text }),
  fc.record({ kind: fc.constant("restart" as const), to, rebuild: fc.boolean() }),
  fc.record({ kind: fc.constant("rebind" as const), to, proof: fc.uint8Array() }),
);
const metadata = fc.dictionary(text, text);
const requests = fc.oneof(
  signal.map(requestOf),
  metadata.map((metadata) => request({ case: "update", value: { metadata } })),
);

test("a request never takes more than its size, and not much less", () => {
  fc.assert(
    fc.property(requests, (request) => {
      const size = sizeOf(request);
      const numbered = { ...request, seq: 2 ** 32 - 1, ack: 2 ** 32 - 1 };
      expect(encode(SignalRequest, numbered).length).toBeLessThanOrEqual(size);
      const entries = request.body.case === "update" ? Object.keys(request.body.value.metadata).length : 0;
      expect(encode(SignalRequest, request).length).toBeGreaterThan(size - 80 - 20 * entries);
    }),
  );
});
