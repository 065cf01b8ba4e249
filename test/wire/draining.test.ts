import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { encodeEcho } from "./echo-service.ts";
import { callHeaders, FrameFlag, FrameType, frame } from "./http2-frames.ts";
import { RawConnection } from "./raw-connection.ts";
import { envelope, rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const both = "/test.v1.EchoService/Both";
const open = (stream: number) => frame(FrameType.headers, FrameFlag.endHeaders, stream, callHeaders(both));
const echo = (stream: number, text: string, flags = 0) =>
  frame(FrameType.data, flags, stream, envelope(encodeEcho(text)));

test("while a port drains, HTTP/2 connections are asked to end, and what is open goes on", async () => {
  await using port = await WirePort.start();
  const called = port.nextCall();
  const connection = new RawConnection(await port.connect());
  connection.greet();
  connection.socket.write(open(1));
  const { closed, events } = await called;
  port.drain();
  const goAway = await connection.frame(({ type }) => type === FrameType.goAway);
  // A stream that crossed the GOAWAY has a higher number: its client knows that nobody saw it.
  expect(goAway.payload.readUInt32BE(0), "the last stream").toBe(1);
  expect(goAway.payload.readUInt32BE(4), "the code").toBe(0);
  connection.socket.write(echo(1, "still here"));
  await connection.roundTrip();
  connection.socket.write(echo(1, "and done", FrameFlag.endStream));
  await closed;
  expect(events).toEqual(["message still here", "message and done", "halfClose", "closed OK"]);
  expect(await port.close(10_000)).toEqual({ connectionsCut: 0 });
});

test("a connection that begins while a port drains is asked to end, with nothing seen of it", async () => {
  await using port = await WirePort.start();
  const connection = new RawConnection(await port.connect());
  port.drain();
  connection.greet();
  const goAway = await connection.frame(({ type }) => type === FrameType.goAway);
  expect(goAway.payload.readUInt32BE(0), "the last stream").toBe(0);
});

test("a port that drains takes no new connection", async () => {
  await using port = await WirePort.start();
  const { number } = port;
  port.drain();
  const [error] = await once(connect(number, "127.0.0.1"), "error");
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
});

test("a response on HTTP/1.1 closes its connection while the port drains", async () => {
  await using port = await WirePort.start();
  const connection = await port.connect();
  let heard = "";
  connection.setEncoding("latin1").on("data", (text: string) => {
    heard += text;
  });
  connection.write("GET /1 HTTP/1.1\r\nhost: x\r\n\r\n");
  await expect.poll(() => heard).toMatch(/not found/);
  expect(heard).not.toMatch(/connection: close/i);
  port.drain();
  const gone = once(connection, "close");
  connection.write("GET /2 HTTP/1.1\r\nhost: x\r\n\r\n");
  await gone;
  expect(heard).toMatch(/connection: close/i);
});

test("a port that has drained with nothing left is closed at once", async () => {
  const port = await WirePort.start();
  await rawRequest(port.url, 1, { path: "/", method: "GET", headers: { connection: "close" } });
  port.drain();
  port.drain();
  expect(await port.close(60_000)).toEqual({ connectionsCut: 0 });
});
