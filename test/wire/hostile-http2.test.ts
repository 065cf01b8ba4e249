import { setImmediate as immediate } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeEcho } from "./echo-service.ts";
import { callHeaders, FrameFlag, FrameType, frame, headerBlock, preface } from "./http2-frames.ts";
import { RawConnection } from "./raw-connection.ts";
import { envelope, rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const both = "/test.v1.EchoService/Both";
const { endHeaders, endStream, ack } = FrameFlag;
const cancel = Buffer.from([0, 0, 0, 8]);

let port: WirePort;
beforeEach(async () => {
  port = await WirePort.start();
});
afterEach(async () => {
  // Whatever was done to it, it serves the next one, and has kept nothing of the last.
  const response = await rawRequest(port.url, 2, {
    path: both,
    headers: { "content-type": "application/grpc", te: "trailers" },
    body: envelope(encodeEcho("still here")),
  });
  expect(response.trailers).toMatchObject({ "grpc-status": "0" });
  expect(port.errors).toEqual([]);
  await port.close(0);
  for (const { closed } of port.heard) await closed;
});

async function connect(reads = true): Promise<RawConnection> {
  return new RawConnection(await port.connect(), reads);
}

async function greeted(reads = true): Promise<RawConnection> {
  const connection = await connect(reads);
  connection.greet();
  return connection;
}

describe("a connection is closed that", () => {
  test("opens streams and resets them at once (rapid reset)", async () => {
    const connection = await greeted();
    await connection.flood(
      (function* () {
        for (let stream = 1; stream < 40_000; stream += 2) {
          yield frame(FrameType.headers, endHeaders, stream, callHeaders(both));
          yield frame(FrameType.rstStream, 0, stream, cancel);
        }
      })(),
    );
    await connection.closed;
    expect(port.heard.length).toBeLessThan(2000);
  });

  test.each([
    ["with headers", headerBlock({ a: "b" })],
    ["empty", Buffer.alloc(0)],
  ])("goes on with its headers forever (CONTINUATION %s)", async (_name, block) => {
    const connection = await greeted();
    await connection.flood(
      (function* () {
        yield frame(FrameType.headers, 0, 1, callHeaders(both));
        for (let count = 0; count < 20_000; count++) yield frame(FrameType.continuation, 0, 1, block);
      })(),
    );
    await connection.closed;
    expect(port.heard).toEqual([]);
  });

  test("sends empty DATA forever", async () => {
    const connection = await greeted();
    await connection.flood(
      (function* () {
        yield frame(FrameType.headers, endHeaders, 1, callHeaders(both));
        for (let count = 0; count < 50_000; count++) yield frame(FrameType.data, 0, 1);
      })(),
    );
    await connection.closed;
  });

  test.each([
    ["SETTINGS", frame(FrameType.settings, 0, 0, Buffer.from([0, 4, 0, 0, 255, 255]))],
    ["PING", frame(FrameType.ping, 0, 0, Buffer.alloc(8))],
  ])("asks for answers to %s and reads none", async (_name, question) => {
    const connection = await greeted(false);
    await connection.flood(
      (function* () {
        for (let count = 0; count < 2000; count++) yield Buffer.concat(Array(1000).fill(question));
      })(),
    );
    await connection.closed;
  });

  test("opens many more streams than it may", async () => {
    const connection = await greeted();
    for (let stream = 1; stream < 2600; stream += 2) {
      connection.socket.write(frame(FrameType.headers, endHeaders, stream, callHeaders(both)));
    }
    await connection.closed;
    // Streams begin a few at a time, and the connection may be over before it is the last one's turn.
    expect(port.heard.length).toBeLessThanOrEqual(1000);
  });

  test("has more than 64 KiB of headers, before it has agreed to less", async () => {
    const connection = await greeted();
    sendHeaders(connection, callHeaders(both, { big: "x".repeat(70_000) }));
    await connection.closed;
    expect(port.heard).toEqual([]);
  });
});

function sendHeaders(connection: RawConnection, block: Buffer): void {
  for (let at = 0; at < block.byteLength; at += 16_000) {
    const type = at === 0 ? FrameType.headers : FrameType.continuation;
    const flags = at + 16_000 >= block.byteLength ? endHeaders : 0;
    connection.socket.write(frame(type, flags, 1, block.subarray(at, at + 16_000)));
  }
}

describe("a stream is refused that", () => {
  const refused = async (connection: RawConnection) => {
    await connection.frame(({ type, stream }) => type === FrameType.rstStream && stream === 1);
    expect(port.heard).toEqual([]);
    connection.socket.destroy();
  };

  test("has more than 16 KiB of headers", async () => {
    const connection = await greeted();
    connection.socket.write(frame(FrameType.settings, ack, 0));
    sendHeaders(connection, callHeaders(both, { big: "x".repeat(17_000) }));
    await refused(connection);
  });

  test("has hundreds of headers", async () => {
    const connection = await greeted();
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`h${index}`, "x"]));
    sendHeaders(connection, callHeaders(both, many));
    await refused(connection);
  });

  test.each([
    ["has no path", { ":method": "GET", ":scheme": "http", ":authority": "x" }],
    ["wants a tunnel", { ":method": "CONNECT", ":authority": "x:1" }],
    ["has a header of HTTP/1.1", { ":method": "GET", ":scheme": "http", ":path": "/", connection: "close" }],
    ["has a header in capitals", { ":method": "GET", ":scheme": "http", ":path": "/", Big: "x" }],
  ])("%s", async (_name, headers) => {
    const connection = await greeted();
    connection.socket.write(frame(FrameType.headers, endHeaders, 1, headerBlock(headers)));
    await refused(connection);
  });
});

test.each(["resets its stream", "closes its connection"])(
  "a client that %s has not sent all: its request is no complete one",
  async (how) => {
    const called = port.nextCall();
    const connection = await greeted();
    const up = callHeaders("/test.v1.EchoService/Up");
    connection.socket.write(frame(FrameType.headers, endHeaders, 1, up));
    connection.socket.write(frame(FrameType.data, 0, 1, envelope(encodeEcho("half"))));
    const { events, closed } = await called;
    await connection.roundTrip();
    if (how === "resets its stream") connection.socket.write(frame(FrameType.rstStream, 0, 1, cancel));
    else connection.socket.end();
    await closed;
    expect(events).toEqual(["message half", "closed Canceled"]);
    connection.socket.destroy();
  },
);

test("headers that are not Latin-1 disturb nobody", async () => {
  const connection = await greeted();
  const block = callHeaders(both, { "x-wish": "ü€", "x-other": "\u{1f600}" });
  connection.socket.write(frame(FrameType.headers, endHeaders | endStream, 1, block));
  await connection.frame(({ type, stream, flags }) => {
    return type === FrameType.headers && stream === 1 && (flags & endStream) !== 0;
  });
  connection.socket.destroy();
});

test("a client with a giant window that does not read holds a bounded part of the response", async () => {
  const called = port.nextCall();
  const connection = await greeted(false);
  const window = Buffer.from([0x7f, 0xff, 0x00, 0x00]);
  const settings = Buffer.concat([Buffer.from([0, 4]), window]);
  connection.socket.write(frame(FrameType.settings, 0, 0, settings));
  connection.socket.write(frame(FrameType.windowUpdate, 0, 0, window));
  connection.socket.write(frame(FrameType.headers, endHeaders, 1, callHeaders(both)));
  const { call } = await called;
  const message = Buffer.alloc(16_384);
  let accepted = 0;
  // What the operating system takes is not the server's: wait until it takes no more.
  for (let refusals = 0; refusals < 200; ) {
    if (call.write(message)) accepted += message.byteLength;
    else refusals++;
    await immediate();
  }
  expect(accepted).toBeLessThan(32 * 1024 * 1024);
  connection.socket.destroy();
});

test("garbage behind the preface, and frames of any kind, end in a closed connection", async () => {
  const seed = Number(process.env["PARLEY_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  console.log(`fuzz of HTTP/2: seed ${seed}`);
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
  const anyFrame = fc
    .tuple(fc.nat({ max: 10 }), fc.nat({ max: 255 }), fc.nat({ max: 5 }), bytes)
    .map(([type, flags, stream, payload]) => frame(type, flags, stream, payload));
  const call = fc
    .tuple(fc.constantFrom(1, 3, 5), fc.constantFrom(endHeaders, endHeaders | endStream, 0))
    .map(([stream, flags]) => frame(FrameType.headers, flags, stream, callHeaders(both)));
  const data = fc
    .tuple(fc.constantFrom(1, 3, 5), fc.constantFrom(0, endStream), bytes)
    .map(([stream, flags, payload]) => frame(FrameType.data, flags, stream, payload));
  const pieces = fc.array(fc.oneof(bytes, anyFrame, call, data), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, async (all) => {
      const connection = await connect();
      connection.socket.end(Buffer.concat([preface, frame(FrameType.settings, 0, 0), ...all]));
      await connection.closed;
    }),
    { numRuns: 1000, seed },
  );
}, 60_000);
