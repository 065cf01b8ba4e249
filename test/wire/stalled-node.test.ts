import { once } from "node:events";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noNetLimits } from "../../server/src/net/connection-table.ts";
import { makeTls } from "../kit/make-tls.ts";
import { stall } from "../kit/stall.ts";
import { type Frame, FrameFlag, FrameType, frame } from "./http2-frames.ts";
import { RawConnection } from "./raw-connection.ts";
import { WirePort } from "./wire-port.ts";

// What a client has sent in time was not silence, however late a busy node comes to read it. A client that is cut off
// cannot know whether its request was served.

const request = "GET /absent HTTP/1.1\r\nhost: localhost\r\n\r\n";
const version1 = "PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\n";

const isPing = ({ type, flags }: Frame) => type === FrameType.ping && flags === 0;
const statusesOf = (bytes: Buffer) => bytes.toString("latin1").match(/^HTTP\/1.1 \d+/gm) ?? [];
const isAnswered = (count: number) => (bytes: Buffer) => statusesOf(bytes).length >= count;

/** A connection that the node has accepted: it has answered one that came later. */
async function accepted(port: WirePort, before = ""): Promise<RawConnection> {
  const connection = new RawConnection(await port.connect());
  const later = new RawConnection(await port.connect());
  later.socket.write(before + request);
  await later.until(isAnswered(1));
  later.socket.destroy();
  return connection;
}

/** Shakes hands. */
async function secured(port: WirePort): Promise<Socket> {
  const options = { ALPNProtocols: ["http/1.1"], rejectUnauthorized: false };
  const socket = connectTls({ port: port.number, host: "127.0.0.1", ...options });
  const refused = once(socket, "close").then(() => Promise.reject(new Error("the connection was closed")));
  await Promise.race([once(socket, "secureConnect"), refused]);
  return socket;
}

type Lying = Record<"first" | "proxied" | "headers" | "secured" | "idle" | "pinged", RawConnection>;

/** Connections of which something is still to be sent. */
async function open(clear: WirePort, tls: WirePort): Promise<Lying> {
  const openIdle = async () => {
    const idle = new RawConnection(await secured(tls));
    idle.socket.write(request);
    await idle.until(isAnswered(1));
    return idle;
  };
  const openPinged = async () => {
    const pinged = new RawConnection(await clear.connect());
    pinged.greet();
    await pinged.frame(isPing);
    return pinged;
  };
  const [first, proxied, headers, silent, idle, pinged] = await Promise.all([
    accepted(clear),
    accepted(clear, version1),
    accepted(clear),
    secured(tls),
    openIdle(),
    openPinged(),
  ]);
  return { first, proxied, headers, secured: new RawConnection(silent), idle, pinged };
}

const parts = new AsyncDisposableStack();
let lying: Lying;

/** Ports whose limits of silence are all this long, in milliseconds, and connections to them, opened within the limit. */
async function openWithin(limitMs: number): Promise<Lying | undefined> {
  const times = { silenceMs: limitMs, pingIntervalMs: 100, pingTimeoutMs: limitMs };
  const limits = { ...noNetLimits, trustedProxies: ["127.0.0.1"] };
  const clear = parts.use(await WirePort.start({ ...times, limits }));
  // Node adds a second to the time that a connection may be idle.
  const tls = parts.use(await WirePort.start({ ...times, tls: makeTls(), http1IdleMs: limitMs - 1000 }));
  const beganAt = performance.now();
  const opened = await open(clear, tls).catch(() => undefined);
  for (const { socket } of Object.values(opened ?? {})) parts.defer(() => void socket.destroy());
  return performance.now() - beganAt < limitMs - 1500 ? opened : undefined;
}

beforeAll(async () => {
  let limitMs = 5000;
  let opened = await openWithin(limitMs);
  // On a busy machine that may take long.
  while (opened === undefined) {
    limitMs *= 2;
    opened = await openWithin(limitMs);
  }
  lying = opened;
  const { first, proxied, headers, secured, idle, pinged } = lying;
  headers.socket.write("GET /absent HTTP/1.1\r\n");
  headers.socket.write("host: localhost\r\n\r\n");
  proxied.socket.write(version1 + request);
  for (const { socket } of [first, secured, idle]) socket.write(request);
  const payload = pinged.frames.find(isPing)?.payload;
  pinged.socket.write(frame(FrameType.ping, FrameFlag.ack, 0, payload));
  // All of it has left. The node stands still for longer than any limit.
  stall(limitMs + 2000);
}, 300_000);

afterAll(() => parts.disposeAsync());

test.each(["first", "proxied", "headers", "secured"] as const)(
  "a first request that lies unread when its time is over is answered (%s)",
  async (kind) => {
    await lying[kind].until(isAnswered(1));
    expect(statusesOf(lying[kind].bytes)).toEqual(["HTTP/1.1 404"]);
  },
);

test("the next request on an idle connection that lies unread when its time is over is answered", async () => {
  await lying.idle.until(isAnswered(2));
  expect(statusesOf(lying.idle.bytes)).toEqual(["HTTP/1.1 404", "HTTP/1.1 404"]);
});

test("the answer to a PING that lies unread when its time is over counts", async () => {
  await lying.pinged.roundTrip();
  expect(lying.pinged.isOpen).toBe(true);
});

test("silent connections are closed all the same", async () => {
  await using port = await WirePort.start({ silenceMs: 500 });
  const half = new RawConnection(await port.connect());
  half.socket.write("GET / HTTP/1.1\r\n");
  const mute = new RawConnection(await port.connect());
  await Promise.all([half.closed, mute.closed]);
  expect([statusesOf(half.bytes), statusesOf(mute.bytes)]).toEqual([["HTTP/1.1 408"], []]);
});

test("idle connections are closed all the same", async () => {
  await using port = await WirePort.start({ http1IdleMs: 100 });
  const idle = new RawConnection(await port.connect());
  idle.socket.write(request);
  await idle.closed;
  expect(statusesOf(idle.bytes)).toEqual(["HTTP/1.1 404"]);
});
