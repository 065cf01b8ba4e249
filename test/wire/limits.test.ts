import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as http2Connect } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Caller } from "../../server/src/admission/caller.ts";
import { type NetLimits, noNetLimits } from "../../server/src/net/connection-table.ts";
import type { PortOptions } from "../../server/src/wire/port-options.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { makeTls } from "../kit/make-tls.ts";
import { encodeEcho } from "./echo-service.ts";
import { envelope } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const headers = {
  ":method": "POST",
  ":path": "/test.v1.EchoService/Down",
  "content-type": "application/grpc",
  te: "trailers",
};
const request = envelope(encodeEcho("never"));
const noProxy: readonly string[] = [];

let clock: FakeClock;
let parts: AsyncDisposableStack;
let told: string[];

beforeEach(() => {
  clock = new FakeClock();
  parts = new AsyncDisposableStack();
  told = [];
});
afterEach(() => parts.disposeAsync());

/** A port whose clients are limited although they are on this machine. */
async function open(limits: Partial<NetLimits> = {}, more: Partial<PortOptions> = {}): Promise<WirePort> {
  const port = await WirePort.start({
    clock,
    ...more,
    limits: { ...noNetLimits, limitLoopback: true, ...limits },
    netEvents: {
      onFull: (connections) => told.push(`full at ${connections}`),
      onUntrustedProxy: (peer, header) => told.push(`${header} from ${peer}`),
    },
  });
  return parts.use(port);
}

function http2(port: WirePort, settings = {}): ClientHttp2Session {
  const session = http2Connect(port.url, { settings });
  session.on("error", () => {});
  parts.defer(() => session.destroy());
  return session;
}

function call(session: ClientHttp2Session, more = {}): ClientHttp2Stream {
  const stream = session.request({ ...headers, ...more });
  stream.on("error", () => {});
  stream.end(request);
  return stream;
}

async function tcp(port: WirePort): Promise<Socket> {
  const socket = connect(port.number, "127.0.0.1");
  socket.on("error", () => {});
  parts.defer(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

const closed = (socket: Socket) => (socket.resume().closed ? Promise.resolve() : once(socket, "close"));

/** Lets time pass in small steps, so that what happens meanwhile on the network has its turn. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a response that is not read is broken off", () => {
  test("on HTTP/2 with a window of nothing, though it has ended, and others go on", async () => {
    const port = await open();
    const session = http2(port, { initialWindowSize: 0 });
    const stream = call(session);
    const heard = await port.nextCall();
    heard.call.write(encodeEcho("x".repeat(1000)));
    heard.call.end();
    const reader = http2(port);
    const other = port.nextCall();
    const read = call(reader);
    const kept = (await other).call;
    kept.write(encodeEcho("hello"));
    await once(read, "response");
    await pass(9000);
    expect(stream.closed).toBe(false);
    const over = new Promise((resolve) => stream.once("close", resolve));
    await pass(3000);
    await over;
    expect(stream.rstCode).toBe(11); // ENHANCE_YOUR_CALM
    expect([read.closed, kept.ended]).toEqual([false, false]);
  });

  test("on HTTP/1.1, once the system takes no more", async () => {
    const port = await open();
    const socket = await tcp(port);
    socket.pause();
    const body = envelope(encodeEcho("never"));
    socket.write(
      "POST /test.v1.EchoService/Down HTTP/1.1\r\nhost: x\r\ncontent-type: application/connect+proto\r\n" +
        `content-length: ${body.byteLength}\r\n\r\n`,
    );
    const heard = port.nextCall();
    socket.write(body);
    const { call: down, closed: over } = await heard;
    // More than the buffers of two sockets hold.
    for (let i = 0; i < 400; i++) down.write(encodeEcho("x".repeat(60_000)));
    down.end();
    await over;
    await pass(12_000);
    await closed(socket);
  });
});

describe("a connection that has not proved itself", () => {
  test("has 30 s", async () => {
    const port = await open();
    const [idle, busy] = [http2(port), http2(port)];
    const streams = [call(idle), call(busy)];
    const heard = [await port.nextCall(), await port.nextCall()];
    heard[1]?.call.prove?.();
    for (const { call: each } of heard) each.write(encodeEcho("hello"));
    await Promise.all(streams.map((stream) => once(stream, "response")));
    const over = once(idle, "close");
    await pass(31_000);
    await over;
    expect(busy.closed).toBe(false);
  });

  test("has four streams at a time; the others begin once it has", async () => {
    const port = await open();
    const session = http2(port);
    for (let i = 0; i < 10; i++) call(session);
    await expect.poll(() => port.heard.length).toBe(4);
    await new Promise((resolve) => session.ping(() => resolve(undefined)));
    expect(port.heard).toHaveLength(4);
    port.heard[0]?.call.end();
    await expect.poll(() => port.heard.length).toBe(5);
    port.heard[1]?.call.prove?.();
    await expect.poll(() => port.heard.length).toBe(10);
  });

  test("gives way to a new one when the node is full", async () => {
    const port = await open({ nodeConnections: 3 });
    const idle = [await tcp(port), await tcp(port), await tcp(port)];
    const stream = call(http2(port));
    (await port.nextCall()).call.write(encodeEcho("hello"));
    await once(stream, "response");
    await closed(idle[0] as Socket);
    expect(idle.map(({ closed: over }) => over)).toEqual([true, false, false]);
    expect(told).toContain("full at 3");
  });
});

describe("the address of a client", () => {
  const limits = { sessions: 1, trustedProxies: ["127.0.0.1"] };

  /** The caller of a call that comes so; counted once already. */
  async function callerOf(port: WirePort, begin: () => void): Promise<Caller | undefined> {
    const next = port.nextCall();
    begin();
    return (await next).call.caller;
  }

  test("is that of X-Forwarded-For, from a trusted proxy", async () => {
    const port = await open(limits);
    const session = http2(port);
    const from = (client: string) => callerOf(port, () => call(session, { "x-forwarded-for": client }));
    const [a, again, b] = [await from("192.0.2.1"), await from("192.0.2.1"), await from("192.0.2.2")];
    expect(a?.enter()).toBeUndefined();
    expect(again?.enter()).toMatchObject({ kind: "client" });
    expect(b?.enter()).toBeUndefined();
    expect(told).toEqual([]);
  });

  test("is its own, if an untrusted peer claims another one; that is reported", async () => {
    const port = await open({ ...limits, trustedProxies: noProxy });
    const session = http2(port);
    const from = (client: string) => callerOf(port, () => call(session, { "x-forwarded-for": client }));
    const [a, b] = [await from("192.0.2.1"), await from("192.0.2.2")];
    expect(a?.enter()).toBeUndefined();
    expect(b?.enter()).toMatchObject({ kind: "client" });
    expect(told).toEqual(["X-Forwarded-For from 127.0.0.1"]);
  });

  test.each([
    ["1", Buffer.from("PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\n")],
    [
      "2",
      Buffer.concat([
        Buffer.from("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", "latin1"),
        Buffer.from([192, 0, 2, 1, 10, 0, 0, 1, 0, 1, 0, 2]),
      ]),
    ],
  ])(
    "is that of the PROXY protocol, version %s, from a trusted proxy, byte by byte",
    async (_version, header) => {
      const port = await open(limits);
      const direct = await callerOf(port, () => call(http2(port), { "x-forwarded-for": "192.0.2.1" }));
      expect(direct?.enter()).toBeUndefined();
      const socket = await tcp(port);
      for (const byte of header) socket.write(Buffer.of(byte));
      const session = http2Connect(port.url, { createConnection: () => socket });
      session.on("error", () => {});
      const caller = await callerOf(port, () => call(session));
      expect(caller?.enter()).toMatchObject({ kind: "client" });
      direct?.leave();
      expect(caller?.enter()).toBeUndefined();
    },
  );

  test("is that of a proxy which says nothing else", async () => {
    const port = await open(limits);
    const socket = await tcp(port);
    socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("HTTP/1.1 404");
  });

  test("is not that of the PROXY protocol from anyone else", async () => {
    const port = await open({ ...limits, trustedProxies: noProxy });
    const socket = await tcp(port);
    socket.write("PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("HTTP/1.1 400");
    expect(told).toEqual(["a header of the PROXY protocol from 127.0.0.1"]);
  });
});

describe("before TLS", () => {
  const tls = makeTls();

  function secure(socket: Socket): TLSSocket {
    const secured = connectTls({ socket, ALPNProtocols: ["h2"], rejectUnauthorized: false });
    secured.on("error", () => {});
    return secured;
  }

  test("the PROXY protocol names the client", async () => {
    const port = await open({ sessions: 1, trustedProxies: ["127.0.0.1"] }, { tls });
    const callers: (Caller | undefined)[] = [];
    for (const client of ["192.0.2.1", "192.0.2.1", "192.0.2.2"]) {
      const socket = await tcp(port);
      socket.write(`PROXY TCP4 ${client} 10.0.0.1 4711 443\r\n`);
      const session = http2Connect(port.url, { createConnection: () => secure(socket) });
      session.on("error", () => {});
      const next = port.nextCall();
      call(session);
      callers.push((await next).call.caller);
    }
    expect(callers.map((caller) => caller?.enter()?.kind)).toEqual([undefined, "client", undefined]);
  });

  test("an address begins so many handshakes, and the next ones are closed", async () => {
    const port = await open({ handshakes: { burst: 2, perSecond: 1 } }, { tls });
    const greeted = async () => {
      const socket = secure(await tcp(port));
      const session = http2Connect(port.url, { createConnection: () => socket });
      session.on("error", () => {});
      parts.defer(() => session.destroy());
      await once(session, "remoteSettings");
    };
    await greeted();
    await greeted();
    await closed(await tcp(port));
    clock.advance(1000);
    await greeted();
  });

  test("a client that says nothing is closed", async () => {
    const port = await open({}, { tls, silenceMs: 5000 });
    const socket = await tcp(port);
    const other = secure(await tcp(port));
    const session = http2Connect(port.url, { createConnection: () => other });
    session.on("error", () => {});
    parts.defer(() => session.destroy());
    // The server has its side of the handshake too.
    await once(session, "remoteSettings");
    clock.advance(6000);
    await closed(socket);
    expect(other.closed).toBe(false);
  });
});
