import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Attack } from "../attack.ts";
import { ignore, openHttp2 } from "../attackers.ts";

const connections = 4;
const atOnce = 2;
/** Between the requests of one kind and those of the next, in milliseconds: it is not their number that is to harm. */
const pauseMs = 10;

/** A request that cost a node much: its headers, and its body. */
interface DearRequest {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const gzip = { "content-encoding": "gzip" };
const proto = { "content-type": "application/proto" };
const json = { "content-type": "application/json" };
const megabyte = 1_000_000;

const requests: readonly DearRequest[] = [
  {
    name: "a megabyte of signals, gzip",
    headers: { ...proto, ...gzip },
    body: gzipSync(Buffer.alloc(megabyte, Buffer.of(0x12, 0))),
  },
  {
    name: "a megabyte of signals in JSON, gzip",
    headers: { ...json, ...gzip },
    body: gzipSync(Buffer.from(`{"signals":[${"{},".repeat(megabyte / 3)}{}]}`)),
  },
  {
    name: "a megabyte of zeros, gzip",
    headers: { ...proto, ...gzip },
    body: gzipSync(Buffer.alloc(megabyte)),
  },
  { name: "signals beyond the batch", headers: proto, body: Buffer.alloc(47_000, Buffer.of(0x12, 0)) },
  { name: "a body written over and over", headers: proto, body: repeatedBody(16_000) },
  { name: "brackets in JSON", headers: json, body: Buffer.from("[".repeat(47_000)) },
];

/** One signal whose oneof is written again and again. */
function repeatedBody(times: number): Buffer {
  const bodies = Buffer.alloc(times * 3, Buffer.of(0xba, 0x01, 0x00));
  const length = bodies.byteLength;
  const head = Buffer.of(0x12, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14);
  return Buffer.concat([head, bodies]);
}

/** Sends requests that are small to send and used to cost the node up to seconds each; none has a token. */
export const dearRequests: Attack = {
  id: "dear-requests",
  name: "small requests that are dear to decode",
  flags: ["--limit-loopback", "true"],
  growthMb: 96,
  descriptors: 32,
  async run(target, scale) {
    const rounds = scale === "full" ? 60 : 15;
    const sessions = Array.from({ length: connections }, (_, index) => openHttp2(target, index));
    let bytes = 0;
    const began = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (const request of requests) {
        const sent = sessions.flatMap((session) =>
          Array.from({ length: atOnce }, () => refusedStatus(session, request)),
        );
        for (const status of await Promise.all(sent)) {
          if (status === 0 || (status >= 200 && status < 300)) {
            throw new Error(`${request.name} was answered with ${status}`);
          }
        }
        await pause(pauseMs);
        bytes += request.body.byteLength * sent.length;
      }
    }
    const seconds = (performance.now() - began) / 1000;
    for (const session of sessions) session.destroy();
    const count = rounds * requests.length * connections * atOnce;
    return `${count} requests, ${Math.round(bytes / 1000)} kB, refused in ${seconds.toFixed(1)} s`;
  },
};

/** The status of the answer; 0 if there was none. */
async function refusedStatus(session: ClientHttp2Session, { headers, body }: DearRequest): Promise<number> {
  const stream = session.request({
    ":method": "POST",
    ":path": "/parley.v1.SignalingService/SendSignals",
    ...headers,
  });
  stream.on("error", ignore);
  const closed = once(stream, "close");
  let status = 0;
  stream.once("response", (answer) => {
    status = Number(answer[":status"]);
  });
  stream.resume();
  stream.end(body);
  await closed;
  return status;
}
