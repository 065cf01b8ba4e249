import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Reason, SendSignalsRequestSchema, SignalRequestSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { openGrants } from "../admission/grants.ts";
import { findToken, readBatch, readToken } from "./send-request.ts";

const limits = { batchSignals: 8, signalBytes: 1024, metadataBytes: 64 };
const bye = { to: "bob", body: { case: "bye", value: {} } } as const;

function request(signals: number, token = "a.b.c.d"): Uint8Array {
  const all = Array.from({ length: signals }, (_, i) => ({ seq: i + 1, ack: i, ...bye }));
  return toBinary(
    SendSignalsRequestSchema,
    create(SendSignalsRequestSchema, { sessionToken: token, signals: all }),
  );
}

/** Two messages as one: protobuf merges what is written one after the other. */
const both = (...parts: Uint8Array[]) => Buffer.concat(parts);

test("the token and the signals of a request are read", () => {
  expect(readToken(request(3), limits)).toBe("a.b.c.d");
  const batch = readBatch(request(3), limits, openGrants);
  expect(batch).toMatchObject({ ack: 2, submissions: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] });
});

test("the token is found behind the signals too", () => {
  expect(readToken(both(request(8, ""), request(0)), limits)).toBe("a.b.c.d");
});

test("a request without a token has none", () => {
  expect(readToken(request(1, ""), limits)).toBe("");
});

test("the token is found although the signals are nonsense", () => {
  const nonsense = Buffer.from([0x12, 0x02, 0xff, 0xff]);
  expect(readToken(both(nonsense, request(0)), limits)).toBe("a.b.c.d");
  expect(readBatch(both(nonsense, request(0)), limits, openGrants)).toMatchObject({
    submissions: [],
    stop: { index: 0 },
  });
});

test("signals are read up to the limit of a batch, and none behind it", () => {
  expect(readBatch(request(8), limits, openGrants)).toMatchObject({ submissions: { length: 8 } });
  const nonsense = Buffer.from([0x12, 0x02, 0xff, 0xff]);
  expect(readBatch(both(request(9), nonsense), limits, openGrants)).toMatchObject({
    reason: Reason.BATCH_TOO_LARGE,
  });
});

test("a second token is malformed: only the first was checked", () => {
  expect(() => readBatch(both(request(1), request(1)), limits, openGrants)).toThrow("two session tokens");
});

test("endless fields are malformed, wherever they stand", () => {
  const fields = Buffer.alloc(2 * 100, Buffer.from([0x48, 0x01])); // field 9, varint 1
  expect(() => readToken(both(fields, request(1)), limits)).toThrow("too many fields");
  expect(() => readBatch(both(request(1), fields), limits, openGrants)).toThrow("too many fields");
  const signal = both(toBinary(SignalRequestSchema, create(SignalRequestSchema, bye)), fields);
  const inSignal = both(
    request(0),
    Buffer.from([0x12, 0x80 | (signal.length & 0x7f), signal.length >> 7]),
    signal,
  );
  expect(readBatch(inSignal, limits, openGrants)).toMatchObject({
    stop: { index: 0, message: "it has too many fields" },
  });
});

test("neither a join nor a resume belongs into a batch", () => {
  const join = toBinary(
    SendSignalsRequestSchema,
    create(SendSignalsRequestSchema, { signals: [{ body: { case: "join", value: { room: "r" } } }] }),
  );
  expect(readBatch(join, limits, openGrants)).toMatchObject({ reason: Reason.ALREADY_JOINED });
});

test("heartbeats and bare acknowledgements are no signals, and the others keep their places", () => {
  const signals = [
    { ack: 3 },
    { seq: 1, ...bye },
    { body: { case: "heartbeat", value: {} } },
    { seq: 2, ack: 5, body: { case: "update", value: { metadata: { muted: "yes" } } } },
  ] as const;
  const bytes = toBinary(
    SendSignalsRequestSchema,
    create(SendSignalsRequestSchema, { signals: [...signals] }),
  );
  expect(readBatch(bytes, limits, openGrants)).toMatchObject({
    ack: 5,
    submissions: [
      { kind: "relay", seq: 1 },
      { kind: "update", seq: 2, metadata: { muted: "yes" } },
    ],
    skipped: [0, 2],
  });
});

test("a request without a body is a bare acknowledgement only without a number and with an ack", () => {
  const batch = (...signals: MessageInitShape<typeof SignalRequestSchema>[]) =>
    readBatch(
      toBinary(SendSignalsRequestSchema, create(SendSignalsRequestSchema, { signals })),
      limits,
      openGrants,
    );
  const invalid = { kind: "reject", reason: Reason.BODY_INVALID };
  expect(batch({ ack: 1 })).toMatchObject({ submissions: [] });
  expect(batch({ seq: 1, ack: 1 }, {})).toMatchObject({ submissions: [invalid, invalid] });
  const unknownBody = Buffer.from([0x12, 5, 0x10, 1, 0x82, 1, 0]); // a signal: ack 1, and field 16, empty
  expect(readBatch(unknownBody, limits, openGrants)).toMatchObject({ submissions: [invalid] });
});

test("in the first bytes of a long request the token is found, whatever stands behind it", () => {
  const long = request(8);
  expect(findToken(long.subarray(0, 20), false, limits)).toBe("a.b.c.d");
  expect(findToken(long.subarray(9), false, limits)).toBeUndefined();
  for (const key of ["sessionToken", "session_token"]) {
    const json = Buffer.from(`{ "${key}" : "a.b-c_d.e", "signals": [{"se`);
    expect(findToken(json, true, limits)).toBe("a.b-c_d.e");
    expect(findToken(json.subarray(0, 22), true, limits)).toBeUndefined();
  }
});
