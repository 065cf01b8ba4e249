import { expect, test } from "vitest";
import { noNetLimits } from "../../server/src/net/connection-table.ts";
import { until } from "../kit/until.ts";
import { frame } from "./client-frame.ts";
import { doorPort } from "./door-port.ts";
import { RawWebSocket } from "./raw-web-socket.ts";

const tooLong = /^MESSAGE_TOO_LARGE never/;
const text = 1;
const continuation = 0;
const close = 8;
const ping = 9;
const pong = 10;
const join = (peerId: string) => frame(text, JSON.stringify({ join: { room: "r", peerId } }));
const heartbeat = frame(text, JSON.stringify({ heartbeat: {} }));

/** A session of a client by hand. */
async function member(url: string, peerId: string): Promise<RawWebSocket> {
  const socket = await RawWebSocket.open(url);
  socket.send(join(peerId));
  await until(
    () => socket.messages.length > 0,
    () => "a welcome",
  );
  return socket;
}

test("a giant frame is refused by its header", async () => {
  const { port, host } = await doorPort();
  await using _port = port;
  using stranger = await RawWebSocket.open(port.url);
  stranger.send(frame(text, "", { claims: 2 ** 40 }));
  expect(await stranger.closed).toMatchObject({ code: 4008, reason: expect.stringMatching(tooLong) });
  using alice = await member(port.url, "alice");
  alice.send(frame(text, "", { claims: host.settings.messageBytes * 2 }));
  expect(await alice.closed).toMatchObject({ code: 4008, reason: expect.stringMatching(tooLong) });
});

test("before its session is open, a client may send little, whole or not", async () => {
  const { port, host } = await doorPort({ pingsPerSecond: 1000 });
  await using _port = port;
  const bytes = "x".repeat(host.settings.firstMessageBytes * 2);
  using whole = await RawWebSocket.open(port.url);
  whole.send(frame(text, JSON.stringify({ join: { room: bytes } })));
  expect(await whole.closed).toMatchObject({ code: 4008, reason: expect.stringMatching(tooLong) });
  using endless = await RawWebSocket.open(port.url);
  endless.send(frame(text, bytes, { claims: 500_000 }));
  expect(await endless.closed).toMatchObject({ code: 4008, reason: expect.stringMatching(tooLong) });
  using pings = await RawWebSocket.open(port.url);
  pings.send(...Array.from({ length: 500 }, () => frame(ping, "x".repeat(125))));
  expect(await pings.closed).toMatchObject({ code: 4008, reason: expect.stringMatching(tooLong) });
});

test("a message of endless fragments ends its socket", async () => {
  const { port } = await doorPort({ fragments: 1000 });
  await using _port = port;
  using alice = await member(port.url, "alice");
  alice.send(frame(text, "", { final: false }));
  const empty = Buffer.concat(Array.from({ length: 100 }, () => frame(continuation, "", { final: false })));
  for (let sent = 0; sent < 2000; sent += 100) alice.send(empty);
  const reason = "MESSAGE_TOO_LARGE never: a message has at most 1000 fragments";
  expect(await alice.closed).toEqual({ code: 4008, reason });
});

test("a message in fragments, with pings between them, is one message", async () => {
  const { port } = await doorPort();
  await using _port = port;
  using alice = await RawWebSocket.open(port.url);
  alice.send(
    frame(text, '{"join":{"room":', { final: false }),
    frame(ping, "between"),
    frame(continuation, '"r","peerId":"alice"}}'),
  );
  await until(
    () => alice.messages.length > 0 && alice.pongs.length > 0,
    () => "a welcome and a pong",
  );
  expect(alice.messages[0]).toContain('"peerId":"alice"');
  expect(alice.pongs).toEqual(["between"]);
});

test("pings of one turn are answered together, with the newest", async () => {
  const { port } = await doorPort();
  await using _port = port;
  using alice = await member(port.url, "alice");
  alice.send(...Array.from({ length: 40 }, (_, at) => frame(ping, `${at}`)));
  await until(
    () => alice.pongs.at(-1) === "39",
    () => "the newest pong",
  );
  expect(alice.pongs.length).toBeLessThan(20);
});

test("a flood of small messages from many sockets ends nothing, and leaves others their turns", async () => {
  const { port } = await doorPort();
  await using _port = port;
  const names = Array.from({ length: 10 }, (_, at) => `peer-${at}`);
  const members = await Promise.all(names.map((name) => member(port.url, name)));
  const isOver = () => members.every(({ messages }) => messages.some((text) => text.includes('"rejected"')));
  let turns = 0;
  const count = () => {
    turns++;
    if (!isOver()) setImmediate(count);
  };
  setImmediate(count);
  const last = frame(text, JSON.stringify({ seq: 1, to: "nobody", bye: {} }));
  for (const peer of members) peer.send(...Array.from({ length: 2000 }, () => heartbeat), last);
  await until(isOver, () => "the answers to what follows the floods");
  // 32 messages of each stream at first, and then of 6 streams in each turn.
  expect(turns).toBeGreaterThanOrEqual(80);
  for (const peer of members) peer[Symbol.dispose]();
});

test.each([
  ["pings", ping],
  ["pongs that answer nothing", pong],
])("a flood of %s ends its socket", async (_name, opcode) => {
  const { port, host } = await doorPort();
  await using _port = port;
  using alice = await member(port.url, "alice");
  // Whenever a new second begins, at least one of two has more than 50.
  alice.send(...Array.from({ length: 102 }, () => frame(opcode, "flood")));
  expect(await alice.closed).toEqual({
    code: 4008,
    reason: "RATE_LIMITED later 1000: at most 50 pings and pongs per second",
  });
  expect(host.switchboard.counts()).toMatchObject({ sessions: 1, attached: 0 });
});

test.each([
  ["an unmasked frame", Buffer.from([0x81, 0x00]), 1002],
  ["a reserved bit", Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
  ["a reserved opcode", frame(3, ""), 1002],
  ["a continuation of nothing", frame(continuation, ""), 1002],
  ["a long ping", frame(ping, "x".repeat(126)), 1002],
  ["a fragmented ping", frame(ping, "", { final: false }), 1002],
  ["a close code that is none", frame(8, Buffer.from([0x03, 0xec])), 1002],
  ["a text that is not UTF-8", frame(text, Buffer.from([0xff])), 1007],
])("%s closes the socket, and says so", async (_name, bytes, code) => {
  const { port } = await doorPort();
  await using _port = port;
  using alice = await member(port.url, "alice");
  alice.send(bytes);
  const closed = await alice.closed;
  expect(closed.code).toBe(code);
  expect(closed.reason).toMatch(/^MALFORMED_MESSAGE never/);
});

test("a client that is gone without a word is found by ping", async () => {
  const { port, host } = await doorPort({ pingIntervalMs: 100, pingTimeoutMs: 100 });
  await using _port = port;
  using alice = await member(port.url, "alice");
  await alice.gone;
  expect(alice.pings).toEqual([""]);
  await until(
    () => host.switchboard.counts().attached === 0,
    () => "the session to be detached",
  );
});

test("a client that sends messages is not asked for a sign of life", async () => {
  const { port } = await doorPort({ pingIntervalMs: 600, pingTimeoutMs: 100 });
  await using _port = port;
  using alice = await member(port.url, "alice");
  const beats = setInterval(() => alice.send(heartbeat), 50);
  using quiet = await member(port.url, "quiet");
  await quiet.gone;
  clearInterval(beats);
  expect(quiet.pings).toEqual([""]);
  expect(alice.pings).toEqual([]);
});

test("a client that ends its connection without a close frame may resume", async () => {
  const { port, host } = await doorPort();
  await using _port = port;
  using alice = await member(port.url, "alice");
  alice.socket.end();
  await alice.gone;
  await until(
    () => host.switchboard.counts().attached === 0,
    () => "the session to be detached",
  );
  expect(host.switchboard.counts()).toMatchObject({ sessions: 1, attached: 0 });
});

test("what comes behind the close frame of the server is not taken, but its answer is awaited", async () => {
  const { port, host } = await doorPort();
  await using _port = port;
  using alice = await member(port.url, "alice");
  alice.send(frame(2, "the wrong kind"), frame(text, JSON.stringify({ seq: 1, leave: {} })));
  expect((await alice.closed).code).toBe(1003);
  alice.send(frame(ping, "late"), frame(close, Buffer.from([0x03, 0xeb])));
  await alice.gone;
  expect(alice.pongs).toEqual([]);
  // It has not left.
  expect(host.switchboard.counts()).toMatchObject({ sessions: 1, attached: 0 });
});

test("a client that does not answer a close frame loses its connection", async () => {
  const { port } = await doorPort({ closeTimeoutMs: 100 });
  await using _port = port;
  using stranger = await RawWebSocket.open(port.url);
  stranger.send(frame(text, "{}"));
  expect((await stranger.closed).code).toBe(4003);
  await stranger.gone;
});

test("a client that reads nothing is cut off, whatever waits for it", async () => {
  const limits = { ...noNetLimits, unsent: { ...noNetLimits.unsent, stallMs: 200 } };
  const { port, host } = await doorPort({}, { limits });
  await using _port = port;
  using bob = await member(port.url, "bob");
  bob.socket.pause();
  using alice = await member(port.url, "alice");
  const value = "x".repeat(60_000);
  // Rejections and signals fill every buffer between the two.
  for (let seq = 1; seq <= 400 && host.switchboard.counts().attached === 2; seq++) {
    alice.send(frame(text, JSON.stringify({ seq, to: "bob", offer: { sdp: `v=0\r\ns=${value}\r\n` } })));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(
    () => host.switchboard.counts().attached === 1,
    () => "the reader to be cut off",
  );
});
