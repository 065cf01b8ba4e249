import { type DescMessage, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { openGrants } from "../admission/grants.ts";
import { SignalField } from "../codec/field-numbers.ts";
import { type ReadSignal, readSignal } from "../codec/signal-reader.ts";
import { salvageBatch, salvageSignal } from "./json-salvage.ts";
import { readBatch } from "./send-request.ts";

const encode = (desc: DescMessage, json: JsonValue) => toBinary(desc, fromJson(desc, json));
const bad = { seq: 3, to: "bob", negotiationId: "call-1", toSession: 7, iceCandidate: { sdpMLineIndex: -1 } };

function salvaged(json: JsonValue): ReadSignal | undefined {
  const bytes = salvageSignal(json, encode);
  return bytes && readSignal(bytes);
}

test("a bad signal keeps its number and its address, and says what is wrong without the value", () => {
  const signal = salvaged({ ...bad, iceCandidate: { candidate: "192.0.2.1", sdpMLineIndex: "192.0.2.1" } });
  expect(signal).toMatchObject({ seq: 3, to: "bob", body: SignalField.unreadable });
  const { bytes, negotiationIdStart, negotiationIdEnd } = signal ?? readSignal(new Uint8Array(0));
  expect(bytes.toString("utf8", negotiationIdStart, negotiationIdEnd)).toBe("call-1");
  expect(signal?.bodyBytes.toString()).toMatch(/^cannot decode .*IceCandidate\.sdp_m_line_index$/);
});

test("an address that cannot be read is left out", () => {
  expect(salvaged({ seq: 3, to: 5, negotiationId: ["x"], bye: {} })).toMatchObject({ seq: 3, to: "" });
});

test.each([[null], [[]], [5], [{ join: { room: 5 } }], [{ seq: 0, bye: 5 }], [{ seq: "x", bye: {} }]])(
  "on a stream, %j cannot be saved",
  (json) => {
    expect(salvageSignal(json, encode)).toBeUndefined();
  },
);

test("a batch of bad signals is read as far as it may go", () => {
  const limits = { batchSignals: 4, signalBytes: 1000, metadataBytes: 1000 };
  const signals = Array.from({ length: 9 }, (_, index) => ({ ...bad, seq: index + 1 }));
  const batchOf = (count: number) => {
    const bytes = salvageBatch(4)({ sessionToken: "t", signals: signals.slice(0, count) }, encode);
    return bytes && readBatch(bytes, limits, openGrants);
  };
  expect(batchOf(4)).toMatchObject({ submissions: [1, 2, 3, 4].map((seq) => ({ kind: "reject", seq })) });
  expect(batchOf(9)).toMatchObject({ message: "a batch has at most 4 signals" });
});

test("many bad signals take less time than reading good ones may", () => {
  const signals = Array.from({ length: 256 }, (_, index) => ({ ...bad, seq: index + 1 }));
  const salvage = salvageBatch(256);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    const began = performance.now();
    salvage({ sessionToken: "t", signals }, encode);
    best = Math.min(best, performance.now() - began);
  }
  // Generous, because other tests run beside this one: it is no measurement.
  expect(best).toBeLessThan(25);
  expect(Error.stackTraceLimit).toBeGreaterThan(0);
});
