import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { errorFromJson } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  reasonName,
  SendSignalsRequestSchema,
  SendSignalsResponseSchema,
  SignalRequestSchema,
} from "@parley/contract";
import { describe, expect, test } from "vitest";
import { fromBase64 } from "../../wire/fuzz-call.ts";
import { envelope, envelopesOf, type RawResponse, rawRequest } from "../../wire/raw-request.ts";
import { candidate, sdp } from "../stage/content.ts";
import { Stage } from "../stage/stage.ts";
import { ways } from "../ways/index.ts";

// One bad value in a batch: what stands before it and behind it must not suffer more than it has to.

/** With null for what is not set, as .NET, Gson and serde write it. */
const nulls = {
  ack: null,
  negotiationId: null,
  answer: null,
  iceCandidate: null,
  bye: null,
  heartbeat: null,
};
const offerJson = (seq: number, name: string) => ({ seq, to: "bob", offer: { sdp: sdp(name) } });
const badLine = (seq: unknown) => ({
  seq,
  to: "bob",
  iceCandidate: { candidate: candidate("c"), sdpMLineIndex: -1 },
});

function binarySignal(json: JsonValue): Buffer {
  return Buffer.from(toBinary(SignalRequestSchema, fromJson(SignalRequestSchema, json)));
}
const field = (number: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.from([(number << 3) | 2, bytes.byteLength]), bytes]);
/** A candidate whose text is not UTF-8, with this `seq` before it. */
const badText = (seq: Buffer) => Buffer.concat([seq, field(12, field(1, Buffer.from([0xff, 0xfe])))]);
const seqField = (seq: number) => Buffer.from([1 << 3, seq]);

/** A batch in some encoding, with a bad signal third of four: one with a number, and one with none that is readable. */
interface Batch {
  readonly contentType: string;
  readonly http: 1 | 2;
  body(token: string, bad: "numbered" | "unnumbered"): Buffer;
  answerOf(response: RawResponse): { message?: JsonValue; error?: ConnectError | undefined };
}

function jsonBody(token: string, bad: "numbered" | "unnumbered"): Buffer {
  const third = badLine(bad === "numbered" ? 3 : "three");
  const signals = [offerJson(1, "first"), offerJson(2, "second"), third, offerJson(4, "fourth")];
  const withNulls = signals.map((signal) => ({ ...nulls, ...signal }));
  return Buffer.from(JSON.stringify({ sessionToken: token, signals: withNulls }));
}

function binaryBody(token: string, bad: "numbered" | "unnumbered"): Buffer {
  // A seq of text has the wrong wire type.
  const third = badText(bad === "numbered" ? seqField(3) : field(1, Buffer.from("3")));
  const before = [offerJson(1, "first"), offerJson(2, "second")].map(binarySignal);
  const signals = [...before, third, binarySignal(offerJson(4, "fourth"))];
  const head = toBinary(SendSignalsRequestSchema, create(SendSignalsRequestSchema, { sessionToken: token }));
  const lengthOf = (bytes: Buffer) => Buffer.from([(bytes.byteLength & 0x7f) | 0x80, bytes.byteLength >> 7]);
  return Buffer.concat([
    head,
    ...signals.flatMap((bytes) => [Buffer.from([(2 << 3) | 2]), lengthOf(bytes), bytes]),
  ]);
}

const jsonMessage = (bytes: Uint8Array): JsonValue => JSON.parse(Buffer.from(bytes).toString());
const binaryMessage = (bytes: Uint8Array): JsonValue =>
  toJson(SendSignalsResponseSchema, fromBinary(SendSignalsResponseSchema, bytes));
const ofConnect =
  (read: (bytes: Uint8Array) => JsonValue) =>
  ({ status, body }: RawResponse) =>
    status === 200
      ? { message: read(body) }
      : { error: errorFromJson(JSON.parse(body.toString()), undefined, new ConnectError("no error")) };
const ofGrpc =
  (read: (bytes: Uint8Array) => JsonValue) =>
  ({ headers, trailers, body }: RawResponse) => {
    const fields = Object.entries({ ...headers, ...trailers }).filter(([name]) => name.startsWith("grpc-"));
    const error = findTrailerError(new Headers(fields));
    return error === undefined ? { message: read(envelopesOf(body)[0]?.bytes ?? body) } : { error };
  };

const ofWeb =
  (read: (bytes: Uint8Array) => JsonValue, bytesOf: (body: Buffer) => Buffer) =>
  ({ body }: RawResponse) => {
    const [first, last = first] = envelopesOf(bytesOf(body));
    const error = findTrailerError(trailerParse(last?.bytes ?? body));
    return error === undefined ? { message: read(first?.bytes ?? body) } : { error };
  };

const batches: readonly Batch[] = [
  ...([1, 2] as const).flatMap((http): Batch[] => [
    { contentType: "application/json", http, body: jsonBody, answerOf: ofConnect(jsonMessage) },
    { contentType: "application/proto", http, body: binaryBody, answerOf: ofConnect(binaryMessage) },
  ]),
  {
    contentType: "application/grpc+json",
    http: 2,
    body: (...of) => envelope(jsonBody(...of)),
    answerOf: ofGrpc(jsonMessage),
  },
  ...([1, 2] as const).flatMap((http): Batch[] => [
    {
      contentType: "application/grpc-web+json",
      http,
      body: (...of) => envelope(jsonBody(...of)),
      answerOf: ofWeb(jsonMessage, (body) => body),
    },
    {
      contentType: "application/grpc-web-text+json",
      http,
      body: (...of) => Buffer.from(envelope(jsonBody(...of)).toString("base64")),
      answerOf: ofWeb(jsonMessage, fromBase64),
    },
  ]),
  {
    contentType: "application/grpc+proto",
    http: 2,
    body: (...of) => envelope(binaryBody(...of)),
    answerOf: ofGrpc(binaryMessage),
  },
];

describe.each(batches)("a batch in $contentType on HTTP/$http", (batch) => {
  async function play(bad: "numbered" | "unnumbered") {
    const way = ways.at(-1);
    if (way === undefined) throw new Error("there is no way in");
    await using stage = await Stage.start(way);
    const alice = await stage.join("alice");
    const bob = await stage.join("bob");
    await alice.hear();
    const response = await rawRequest(stage.url, batch.http, {
      path: "/parley.v1.SignalingService/SendSignals",
      headers: { "content-type": batch.contentType, ...(batch.http === 2 ? { te: "trailers" } : {}) },
      body: batch.body(alice.token, bad),
    });
    await bob.hear(bad === "numbered" ? 3 : 2);
    if (bad === "numbered") await alice.hear();
    return { ...batch.answerOf(response), heard: stage.transcripts() };
  }

  test("rejects a bad signal under its number, and relays all others", async () => {
    const { message, error, heard } = await play("numbered");
    expect(error).toBeUndefined();
    expect(message).toMatchObject({
      ack: 4,
      rejected: [{ seq: 3, reason: "REASON_MALFORMED_MESSAGE", retry: "RETRY_NEVER", batchIndex: 2 }],
    });
    // Of a signal in JSON each field is read by itself; one in protobuf cannot be read further than its fault.
    if (batch.contentType.includes("json")) expect(message).toMatchObject({ rejected: [{ to: "bob" }] });
    expect(JSON.stringify(message)).not.toContain("192.0.2.1");
    expect(heard["alice"]?.filter((line) => line.includes("rejected"))).toEqual([
      expect.stringMatching(/rejected 3: MALFORMED_MESSAGE$/),
    ]);
    expect(heard["bob"]?.slice(1)).toEqual([
      "1 offer from alice: first",
      "2 offer from alice: second",
      "3 offer from alice: fourth",
    ]);
  });

  test("stops at a signal whose number cannot be read, and keeps those before it", async () => {
    const { error, heard } = await play("unnumbered");
    const [info] = error?.findDetails(ErrorInfoSchema) ?? [];
    expect(info).toMatchObject({
      reason: "MALFORMED_MESSAGE",
      metadata: { batch_index: "2", ack: "2", retry: "never" },
    });
    const [request] = error?.findDetails(BadRequestSchema) ?? [];
    expect(request?.fieldViolations.map(({ field }) => field)).toEqual(["signals[2]"]);
    expect(heard["alice"]?.filter((line) => line.includes("rejected"))).toEqual([]);
    expect(heard["bob"]?.slice(1)).toEqual(["1 offer from alice: first", "2 offer from alice: second"]);
  });
});

/** Sends a batch of JSON as alice, and returns what comes back. */
async function sendJson(stage: Stage, request: object): Promise<JsonValue> {
  const response = await rawRequest(stage.url, 1, {
    path: "/parley.v1.SignalingService/SendSignals",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  return JSON.parse(response.body.toString());
}

async function withPair(play: (stage: Stage, token: string) => Promise<void>): Promise<void> {
  const way = ways.at(-1);
  if (way === undefined) throw new Error("there is no way in");
  await using stage = await Stage.start(way);
  const alice = await stage.join("alice");
  await stage.join("bob");
  await alice.hear();
  await play(stage, alice.token);
}

test("null is a member that is not set, wherever .NET, Gson and serde write it", () =>
  withPair(async (stage, sessionToken) => {
    const bodies = ["offer", "answer", "iceCandidate", "bye", "restart", "rebind", "update", "leave"];
    const unset = Object.fromEntries(bodies.map((name) => [name, null]));
    const others = { ack: null, toSession: null, negotiationId: null };
    const answer = await sendJson(stage, {
      sessionToken,
      signals: [
        { ...unset, ...others, seq: 1, to: "bob", answer: { sdp: sdp("a"), provisional: null } },
        {
          ...unset,
          ...others,
          seq: 2,
          to: "bob",
          iceCandidate: {
            candidate: candidate("c"),
            sdpMid: null,
            sdpMLineIndex: null,
            usernameFragment: null,
          },
        },
        { ...unset, ice_candidate: null, seq: 3, to: "bob", bye: { reason: null } },
      ],
    });
    expect(answer).toEqual({ ack: 3 });
    const join = { room: "other", peerId: null, metadata: null, nonce: null };
    const opened = await rawRequest(stage.url, 1, {
      path: "/parley.v1.SignalingService/Receive",
      headers: { "content-type": "application/connect+json" },
      body: envelope(Buffer.from(JSON.stringify({ join, resume: null, poll: true }))),
    });
    expect(JSON.parse(String(envelopesOf(opened.body)[0]?.bytes))).toHaveProperty("welcome");
  }));

test.each([
  ["seq as text", { seq: "1" }, { ack: 1, rejected: [{ seq: 1, batchIndex: 0 }] }],
  ["no seq", {}, { ack: 1, rejected: [{ seq: 1, batchIndex: 0 }] }],
  ["a seq of null", { seq: null }, { ack: 1, rejected: [{ seq: 1, batchIndex: 0 }] }],
])("a bad signal with %s is rejected", (_what, given, expected) =>
  withPair(async (stage, sessionToken) => {
    const answer = await sendJson(stage, {
      sessionToken,
      signals: [{ ...badLine(1), seq: undefined, ...given }],
    });
    expect(answer).toMatchObject(expected);
  }),
);

test.each([
  ["a negative seq", badLine(-1)],
  ["a seq beyond 32 bits", badLine(2 ** 32)],
  ["a broken seq", badLine(1.5)],
  ["a seq of an object", badLine({})],
  ["a number instead of a signal", 5],
  ["null instead of a signal", null],
  ["a list instead of a signal", []],
])("%s stops the batch at its index", (_what, signal) =>
  withPair(async (stage, sessionToken) => {
    const answer = await sendJson(stage, { sessionToken, signals: [offerJson(1, "good"), signal] });
    expect(answer).toMatchObject({
      code: "invalid_argument",
      details: [{ debug: { reason: "MALFORMED_MESSAGE", metadata: { batch_index: "1", ack: "1" } } }, {}],
    });
  }),
);

test("what is no batch at all is malformed as a whole", () =>
  withPair(async (stage, sessionToken) => {
    for (const request of [{ sessionToken, signals: 5 }, { sessionToken: 5, signals: [badLine(1)] }, []]) {
      expect(await sendJson(stage, request)).toMatchObject({
        code: "invalid_argument",
        details: [{ debug: { reason: "MALFORMED_MESSAGE" } }],
      });
    }
  }));

test("on a stream, a bad signal is rejected under its number and the stream goes on", async () => {
  const way = ways.find(({ name }) => name.includes("JSON") && name.includes("HTTP/2"));
  if (way === undefined) throw new Error("no stream of JSON");
  await using stage = await Stage.start(way);
  const alice = await stage.join("alice");
  const bob = await stage.join("bob");
  await alice.hear();
  // No client of the contract can write it, so the value goes around its types.
  await alice.sendAs(
    { seq: 1, to: "bob", body: { case: "iceCandidate", value: { candidate: "", sdpMLineIndex: -1 } } },
    { seq: 2, to: "bob", body: { case: "offer", value: { sdp: sdp("next") } } },
  );
  await alice.hear();
  await bob.hear();
  expect(
    alice.responses.flatMap(({ body }) => (body.case === "rejected" ? [reasonName(body.value.reason)] : [])),
  ).toEqual(["MALFORMED_MESSAGE"]);
  expect(bob.transcript.slice(1)).toEqual(["1 offer from alice: next"]);
});

test("a token behind its signals is found in a short request, and asked for at the front of a long one", () =>
  withPair(async (stage, sessionToken) => {
    expect(await sendJson(stage, { signals: [offerJson(1, "short")], sessionToken })).toEqual({ ack: 1 });
    const long = { seq: 2, to: "bob", offer: { sdp: sdp("long", 50_000) } };
    const answer = await sendJson(stage, { signals: [long], sessionToken });
    expect(answer).toMatchObject({
      message: expect.stringContaining("put it before the signals"),
      details: [{ debug: { reason: "MALFORMED_MESSAGE", metadata: { retry: "never" } } }],
    });
    expect(await sendJson(stage, { sessionToken, signals: [long] })).toEqual({ ack: 2 });
  }));

test.each(batches.filter(({ contentType }) => contentType.includes("json")))(
  "JSON that is none gets a typed error, even if the parser quotes half a character: $contentType on HTTP/$http",
  async ({ contentType, http, answerOf }) => {
    const [way] = ways;
    if (way === undefined) throw new Error("there is no way in");
    await using stage = await Stage.start(way);
    for (const pad of ["", "y"]) {
      const json = Buffer.from(`{"a":${pad}${"\u{1f600}".repeat(40)}}`);
      const enveloped = contentType.includes("grpc") ? envelope(json) : json;
      const isText = contentType.includes("text");
      const response = await rawRequest(stage.url, http, {
        path: "/parley.v1.SignalingService/SendSignals",
        headers: { "content-type": contentType, ...(http === 2 ? { te: "trailers" } : {}) },
        body: isText ? Buffer.from(enveloped.toString("base64")) : enveloped,
      });
      const { error } = answerOf(response);
      const [info] = error?.findDetails(ErrorInfoSchema) ?? [];
      expect([pad, info]).toMatchObject([pad, { reason: "MALFORMED_MESSAGE" }]);
    }
  },
);
