import { gzipSync } from "node:zlib";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { SendSignalsRequestSchema, SignalingService, type SignalRequestSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { openReceive } from "../../server/src/rpc/receive.ts";
import { openSendSignals } from "../../server/src/rpc/send-signals.ts";
import { openSignal } from "../../server/src/rpc/signal.ts";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import { sdp } from "../contract/stage/content.ts";
import { tryJoin } from "../switchboard/peer.ts";
import { FakeExchange } from "./fake-exchange.ts";
import { FuzzWire, turn } from "./fuzz-call.ts";
import { envelope } from "./raw-request.ts";
import { makeHost } from "./service-host.ts";

/** The longest that one message may keep all others waiting, in milliseconds. */
const bound = 5;
/** The best of so many tries: a collection of garbage is not its cost. */
const tries = 12;
const most = 1_048_576;

const { host } = makeHost();
const { signal, receive, sendSignals } = SignalingService.method;
const wire = new FuzzWire(
  [
    { method: signal, open: openSignal(host) },
    { method: receive, open: openReceive(host) },
    { method: sendSignals, open: openSendSignals(host) },
  ],
  most,
  host.settings.firstMessageBytes,
);

const join = {
  room: "r" as RoomName,
  peerId: undefined,
  metadata: {},
  nonce: new Uint8Array(16),
  formerNonce: new Uint8Array(),
  attempt: 0,
};
const joined = await tryJoin(host.switchboard, join);
const valid = joined.ok ? joined.token : "";
const forged = valid.replace(/.$/, (last) => (last === "A" ? "B" : "A"));

type Kind = "proto" | "json" | "grpc" | "grpc+json";

const reference = JSON.stringify(
  "a=candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host\r\n".repeat(18_000),
);

/** How many times slower this machine is now than one with nothing else to do, which parses the reference in 1 ms. */
function slowness(): number {
  const began = performance.now();
  JSON.parse(reference);
  return Math.max(1, performance.now() - began);
}

/** Sends one request in chunks as a socket brings them; resolves with the longest turn that it took. */
async function longestTurn(method: string, kind: Kind, body: Buffer, gzip: boolean): Promise<number> {
  const headers: Record<string, string> = { "content-type": `application/${kind}` };
  if (gzip) headers[kind.startsWith("grpc") ? "grpc-encoding" : "content-encoding"] = "gzip";
  const exchange = new FakeExchange({
    httpVersion: 2,
    method: "POST",
    target: `/parley.v1.SignalingService/${method}`,
    headers,
  });
  let longest = 0;
  const timed = (work: () => void) => {
    const began = performance.now();
    work();
    longest = Math.max(longest, performance.now() - began);
  };
  timed(() => wire.begin(exchange));
  for (let at = 0; at < body.byteLength && !exchange.ended; at += 65_536) {
    const chunk = body.subarray(at, at + 65_536);
    while (exchange.paused && !exchange.ended) await turn();
    timed(() => exchange.data(chunk));
  }
  while (exchange.paused && !exchange.ended) await turn();
  timed(() => exchange.dataEnd());
  for (let began = performance.now(); !exchange.ended; began = performance.now()) {
    await turn();
    longest = Math.max(longest, performance.now() - began);
  }
  return longest;
}

const tag = (field: number, wireType: number) => Buffer.of((field << 3) | wireType);
function lengthDelimited(field: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  for (let rest = bytes.byteLength; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return Buffer.concat([tag(field, 2), Buffer.from(length), bytes]);
}

const tokenField = (token: string) => lengthDelimited(1, Buffer.from(token));
const fill = (bytes: number, pattern: Buffer) => Buffer.alloc(bytes - (bytes % pattern.length), pattern);
const room = most - 1000;

/** Messages that cost their sender little, or the service much, as the request of a batch. */
const binary: readonly (readonly [string, Buffer])[] = [
  ["empty signals", fill(room, Buffer.of(0x12, 0))],
  ["unknown fields", fill(room, Buffer.of(0x78, 1))],
  ["one signal of unknown fields", lengthDelimited(2, fill(room, Buffer.of(0x78, 1)))],
  ["one signal with endless bodies", lengthDelimited(2, fill(room, Buffer.of(0x52, 0)))],
  ["one signal with endless heartbeats", lengthDelimited(2, fill(room, Buffer.of(0xba, 0x01, 0)))],
  ["an offer of unknown fields", lengthDelimited(2, lengthDelimited(10, fill(200_000, Buffer.of(0x78, 1))))],
  ["an offer of line ends", offers(fill(250_000, Buffer.from("\r\n")).toString())],
  ["an offer of attributes", offers(`v=0\r\n${"a=x\r\n".repeat(50_000)}`)],
  ["an offer of one line", offers(`v=0\r\na=${"x".repeat(250_000)}`)],
  ["nonsense", Buffer.alloc(room, 0xff)],
  ["zeros", Buffer.alloc(room)],
];

function offers(text: string): Buffer {
  const signals: Parameters<typeof create<typeof SignalRequestSchema>>[1][] = Array.from(
    { length: 4 },
    (_, i) => ({ seq: i + 1, to: "bob", body: { case: "offer", value: { sdp: text } } }),
  );
  return Buffer.from(
    toBinary(SendSignalsRequestSchema, create(SendSignalsRequestSchema, { signals } as object)),
  );
}

/** JSON may take 1.6 times the bytes of what it encodes. */
const jsonRoom = Math.floor(1.6 * most) - 1000;
const json: readonly (readonly [string, string])[] = [
  ["empty signals", `"signals":[${"{},".repeat(Math.floor(jsonRoom / 3))}{}]`],
  ["deep arrays", `"signals":${"[".repeat(jsonRoom)}`],
  ["unknown keys", `"x":{${'"a":0,'.repeat(Math.floor(jsonRoom / 6))}"a":0}`],
  ["one long number", `"signals":[{"seq":${"1".repeat(jsonRoom)}}]`],
  ["white space", `"signals":[${" ".repeat(jsonRoom)}]`],
  ["escapes", `"x":"${"\\u0041".repeat(Math.floor(jsonRoom / 6))}"`],
  ["quotes", `"x":"${'\\"'.repeat(Math.floor(jsonRoom / 2))}"`],
  ["numbers", `"x":[${"1 ".repeat(Math.floor(jsonRoom / 2))}]`],
];

/** What honest clients send, at its largest. */
const largestBatch = create(SendSignalsRequestSchema, {
  sessionToken: valid,
  signals: Array.from({ length: 256 }, (_, i) => ({
    seq: i + 1,
    to: "bob",
    negotiationId: "n",
    body: {
      case: "iceCandidate" as const,
      value: {
        candidate: `candidate:${i} 1 udp 2122260223 192.0.2.1 54400 typ host`,
        sdpMid: "0",
        sdpMlineIndex: 0,
      },
    },
  })),
});
const largestOffer = create(SendSignalsRequestSchema, {
  sessionToken: valid,
  signals: [{ seq: 1, to: "bob", body: { case: "offer" as const, value: { sdp: sdp("o", 255_000) } } }],
});

const requests: [string, string, Kind, Buffer][] = [];
for (const [name, token] of [
  ["with a forged token", forged],
  ["with a valid token", valid],
] as const) {
  for (const [what, bytes] of binary) {
    const whole = Buffer.concat([tokenField(token), bytes]);
    requests.push([`${what}, ${name}`, "SendSignals", "proto", whole]);
    requests.push([`${what}, ${name}`, "SendSignals", "grpc", envelope(whole)]);
  }
  for (const [what, text] of json) {
    requests.push([
      `${what}, ${name}`,
      "SendSignals",
      "json",
      Buffer.from(`{"sessionToken":"${token}",${text}}`),
    ]);
  }
}
for (const [what, bytes] of binary) requests.push([`${what}, no token`, "SendSignals", "proto", bytes]);
for (const [what, text] of json) {
  requests.push([`${what}, no token`, "SendSignals", "json", Buffer.from(`{${text}}`)]);
  requests.push([`${what}, as a join`, "Receive", "json", Buffer.from(`{"join":{"metadata":{${text}}}}`)]);
}
const metadata = Array.from({ length: 1300 }, (_, i) => `"${i}":"a"`).join();
const connectStream = (text: string) => envelope(Buffer.from(text));
requests.push([
  "the largest join",
  "Receive",
  "grpc+json",
  connectStream(`{"join":{"metadata":{${metadata}}}}`),
]);
requests.push([
  "joins of heartbeats, thousands in a row",
  "Signal",
  "grpc",
  Buffer.concat([
    envelope(lengthDelimited(20, lengthDelimited(1, Buffer.from("many")))),
    ...Array.from({ length: 9000 }, () => envelope(Buffer.of(0xba, 0x01, 0))),
  ]),
]);
for (const [name, message] of [
  ["the largest honest batch", largestBatch],
  ["the largest honest offer", largestOffer],
] as const) {
  const bytes = Buffer.from(toBinary(SendSignalsRequestSchema, message));
  requests.push([name, "SendSignals", "proto", bytes]);
  requests.push([name, "SendSignals", "json", Buffer.from(toJsonString(SendSignalsRequestSchema, message))]);
}

for (const gzip of [false, true]) {
  for (const [what, method, kind, body] of requests) {
    if (gzip && kind.startsWith("grpc")) continue;
    test(`${method}, ${kind}${gzip ? ", gzip" : ""}: ${what}: at most ${bound} ms at a time`, async () => {
      const bytes = gzip ? gzipSync(body) : body;
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < tries && best > bound / 2; i++) {
        const before = slowness();
        const longest = await longestTurn(method, kind, bytes, gzip);
        best = Math.min(best, longest / Math.min(before, slowness()));
      }
      expect(best).toBeLessThan(bound);
    });
  }
}
