import { connect } from "node:net";
import { toBinary } from "@bufbuild/protobuf";
import { SignalingService, type SignalRequest, SignalRequestSchema } from "@parley/contract";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { iceCandidate } from "../contract/stage/actor.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { inHalves } from "../contract/stage/scenario.ts";
import { configOf, joinOf } from "../contract/stage/stage.ts";
import { grpcJs } from "../contract/ways/grpc-js.ts";
import { type SignalInit, type Stream, type Way, ways } from "../contract/ways/index.ts";
import { firstRequest, requestOf } from "../contract/ways/way.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { callHeaders, FrameFlag, FrameType, frame } from "../wire/http2-frames.ts";
import { RawConnection } from "../wire/raw-connection.ts";
import { type Asking, askAt } from "./ask.ts";
import { RedisServer } from "./redis-server.ts";

const candidates = 10;

let redis: RedisServer;
let admin: Asking;
let parts: AsyncDisposableStack;

beforeAll(async () => {
  redis = await RedisServer.start();
  admin = await askAt(redis.url);
});
afterAll(async () => {
  admin[Symbol.dispose]();
  await redis[Symbol.asyncDispose]();
});
beforeEach(() => {
  parts = new AsyncDisposableStack();
});
afterEach(() => parts.disposeAsync());

/** A node whose clock stands, so that it does nothing but what it is asked. */
async function startNode(): Promise<string> {
  const config = await configOf(["--redis-url", redis.url]);
  const server = parts.use(new Server(config, { logger: new LogBook(), clock: new FakeClock() }));
  return (await server.start()).url;
}

async function join(way: Way, url: string, name: string, room: string) {
  const stream = way.open(url, { case: "join", ...joinOf(name, { room }) });
  parts.defer(() => stream.cut());
  const welcome = await stream.inbox.next();
  if (!("body" in welcome) || welcome.body.case !== "welcome") throw new Error("no welcome");
  return { stream, token: welcome.body.value.sessionToken };
}

/** Waits until that many candidates have come. */
async function hear({ stream }: { stream: Stream }, count: number): Promise<void> {
  for (let heard = 0; heard < count; ) {
    const next = await stream.inbox.next();
    if (!("body" in next)) throw new Error(`the stream ended: ${next.code}`);
    if (next.body.case === "iceCandidate") heard++;
  }
}

function burst(from: number, count: number): SignalInit[] {
  return Array.from({ length: count }, (_, i) => ({ seq: from + i, ...iceCandidate("b", `n${from + i}`) }));
}

/** How many scripts Redis runs while something happens. */
async function scriptCalls(happening: () => Promise<unknown>): Promise<number> {
  await admin.ask("CONFIG", "RESETSTAT");
  await happening();
  const stats = String(await admin.ask("INFO", "commandstats"));
  const calls = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].map(([, count]) => Number(count));
  return calls.reduce((sum, count) => sum + count, 0);
}

describe("a burst of candidates is one call of a script", () => {
  test.each(ways.filter(inHalves).map((way, i) => [way.name, way, `halves${i}`] as const))(
    "by SendSignals: %s",
    async (_name, way, room) => {
      const [one, two] = [await startNode(), await startNode()];
      const a = await join(way, one, "a", room);
      const b = await join(way, two, "b", room);
      // Redis learns of the script.
      await Promise.all([a.stream.send(a.token, ...burst(1, 1)), hear(b, 1)]);
      const more = () => Promise.all([a.stream.send(a.token, ...burst(2, candidates)), hear(b, candidates)]);
      expect(await scriptCalls(more)).toBe(1);
    },
  );

  test.each(["one frame", "a frame each"])(
    "by Signal, in %s of HTTP/2 that come together",
    async (frames) => {
      const [one, two] = [await startNode(), await startNode()];
      const room = `signal-${frames.replaceAll(" ", "-")}`;
      const b = await join(grpcJs, two, "b", room);
      const socket = connect(Number(new URL(one).port), "127.0.0.1");
      const a = new RawConnection(socket);
      parts.defer(() => void socket.destroy());
      a.greet();
      const path = `/${SignalingService.typeName}/${SignalingService.method.signal.name}`;
      socket.write(frame(FrameType.headers, FrameFlag.endHeaders, 1, callHeaders(path)));
      const say = (requests: readonly SignalRequest[]) => {
        const messages = requests.map(enveloped);
        const bodies = frames === "one frame" ? [Buffer.concat(messages)] : messages;
        socket.write(Buffer.concat(bodies.map((body) => frame(FrameType.data, 0, 1, body))));
      };
      say([firstRequest({ case: "join", ...joinOf("a", { room }) })]);
      await a.frame(({ type }) => type === FrameType.data);
      say(burst(1, 1).map(requestOf));
      await hear(b, 1);
      const more = () => {
        say(burst(2, candidates).map(requestOf));
        return hear(b, candidates);
      };
      expect(await scriptCalls(more)).toBe(1);
    },
  );
});

/** A message as gRPC frames it. */
function enveloped(request: SignalRequest): Buffer {
  const message = toBinary(SignalRequestSchema, request);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}
