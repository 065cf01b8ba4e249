import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../kit/fake-clock.ts";
import { encodeEcho } from "./echo-service.ts";
import { callHeaders, FrameFlag, FrameType, frame, framesOf } from "./http2-frames.ts";
import { RawConnection } from "./raw-connection.ts";
import { envelope, rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const both = "/test.v1.EchoService/Both";
const second = 1000;

let clock: FakeClock;
let port: WirePort;
beforeEach(async () => {
  clock = new FakeClock();
  port = await WirePort.start({ clock });
});
afterEach(async () => {
  await port.close(0);
  // The wheel of the timers turns once more, and finds nothing left.
  await expect
    .poll(() => {
      clock.advance(second);
      return clock.pending;
    })
    .toBe(0);
});

/** A connection of HTTP/2 that the server knows. */
async function greeted(): Promise<RawConnection> {
  const connection = new RawConnection(await port.connect());
  connection.greet();
  await connection.roundTrip();
  return connection;
}

const pings = (connection: RawConnection) =>
  connection.frames.filter(({ type, flags }) => type === FrameType.ping && flags === 0);

/** Lets time pass in steps, and answers each PING that comes meanwhile. */
async function live(connection: RawConnection, ms: number): Promise<void> {
  for (let passed = 0; passed < ms && connection.isOpen; passed += 5 * second) {
    const before = pings(connection).length;
    clock.advance(5 * second);
    await connection.roundTrip().catch(() => {});
    for (const { payload } of pings(connection).slice(before)) {
      connection.socket.write(frame(FrameType.ping, FrameFlag.ack, 0, payload));
    }
    await connection.roundTrip().catch(() => {});
  }
}

describe("a connection of HTTP/2", () => {
  test("that answers no PING is closed after 40 s, and its calls are notified", async () => {
    const called = port.nextCall();
    const connection = await greeted();
    connection.socket.write(frame(FrameType.headers, FrameFlag.endHeaders, 1, callHeaders(both)));
    const { closed } = await called;
    clock.advance(29 * second);
    await connection.roundTrip();
    expect(pings(connection)).toEqual([]);
    clock.advance(2 * second);
    await connection.frame(({ type, flags }) => type === FrameType.ping && flags === 0);
    clock.advance(8 * second);
    await connection.roundTrip();
    clock.advance(3 * second);
    await connection.closed;
    expect(await closed).toMatchObject({ rawMessage: "the client was cut off" });
  });

  test("that answers them stays, as long as it has a stream", async () => {
    const called = port.nextCall();
    const connection = await greeted();
    connection.socket.write(frame(FrameType.headers, FrameFlag.endHeaders, 1, callHeaders(both)));
    await called;
    await live(connection, 900 * second);
    expect(connection.isOpen).toBe(true);
    expect(pings(connection).length).toBeGreaterThan(20);
    connection.socket.destroy();
    await connection.closed;
  });

  test("that nobody uses is closed after five minutes", async () => {
    const connection = await greeted();
    await live(connection, 290 * second);
    expect(connection.isOpen).toBe(true);
    await live(connection, 60 * second);
    await connection.closed;
    expect(connection.frames.at(-1)).toMatchObject({ type: FrameType.goAway });
  });

  test("that says it opens no more streams keeps those it has", async () => {
    const called = port.nextCall();
    const connection = await greeted();
    connection.socket.write(frame(FrameType.headers, FrameFlag.endHeaders, 1, callHeaders(both)));
    connection.socket.write(frame(FrameType.goAway, 0, 0, Buffer.alloc(8)));
    const { events } = await called;
    await live(connection, 120 * second);
    connection.socket.write(
      frame(FrameType.data, FrameFlag.endStream, 1, envelope(encodeEcho("still here"))),
    );
    await connection.closed;
    expect(events).toEqual(["message still here", "halfClose", "closed OK"]);
  });
});

describe("a connection that does not say what it wants", () => {
  test.each(["", "P", "PR"])("but only %j is closed after 10 s", async (start) => {
    const connections = await Promise.all(
      Array.from({ length: 50 }, async () => new RawConnection(await port.connect())),
    );
    for (const { socket } of connections) if (start !== "") socket.write(start);
    // Behind a request that is answered, the server knows of them all.
    await rawRequest(port.url, 1, { path: "/", method: "GET" });
    clock.advance(9 * second);
    await rawRequest(port.url, 1, { path: "/", method: "GET" });
    expect(connections.filter(({ isOpen }) => isOpen)).toHaveLength(50);
    clock.advance(2 * second);
    await Promise.all(connections.map(({ closed }) => closed));
  });

  test("and ends its side is closed at once", async () => {
    const connection = new RawConnection(await port.connect());
    connection.socket.end("PR");
    await connection.closed;
  });
});

test.each([
  ["one frame is answered in one frame", (all: Buffer[]) => [Buffer.concat(all)], 1],
  // The first goes out alone: that more will be read in this turn of the event loop, nobody knows.
  ["frames of their own is answered in two", (all: Buffer[]) => all, 2],
])("a burst that came in %s", async (_what, framesOfBurst, frames) => {
  const connection = await greeted();
  const messages = Array.from({ length: 10 }, (_, index) => envelope(encodeEcho(`message ${index}`)));
  connection.socket.write(
    Buffer.concat([
      frame(FrameType.headers, FrameFlag.endHeaders, 1, callHeaders(both)),
      ...framesOfBurst(messages).map((message) => frame(FrameType.data, 0, 1, message)),
    ]),
  );
  await connection.frame(({ type }) => type === FrameType.data);
  await connection.roundTrip();
  const data = framesOf(connection.bytes).filter(({ type }) => type === FrameType.data);
  expect(data).toHaveLength(frames);
  expect(Buffer.concat(data.map(({ payload }) => payload))).toEqual(Buffer.concat(messages));
  connection.socket.destroy();
  await connection.closed;
});

test("a deadline that passes ends the call on the server, whatever the client does", async () => {
  const called = port.nextCall();
  const connection = await greeted();
  const headers = callHeaders(both, { "grpc-timeout": "5S" });
  connection.socket.write(frame(FrameType.headers, FrameFlag.endHeaders, 1, headers));
  const { closed } = await called;
  clock.advance(4999);
  expect(connection.frames.some(({ stream }) => stream === 1)).toBe(false);
  clock.advance(1);
  expect(await closed).toMatchObject({ rawMessage: "the deadline of the call passed" });
  await connection.frame(({ type, stream }) => type === FrameType.rstStream && stream === 1);
  connection.socket.destroy();
  await connection.closed;
});

test("a page that throws costs its own request only", async () => {
  await using port = await WirePort.start({
    requests: [
      {
        serve() {
          throw new TypeError("broken");
        },
      },
    ],
  });
  for (const http of [1, 2] as const) {
    await expect(rawRequest(port.url, http, { path: "/", method: "GET" })).rejects.toThrow();
    const headers = { "content-type": "application/json" };
    const path = "/test.v1.EchoService/Unary";
    expect((await rawRequest(port.url, http, { path, headers, body: "{}" })).status).toBe(200);
  }
  expect(port.errors).toEqual([new TypeError("broken"), new TypeError("broken")]);
});
