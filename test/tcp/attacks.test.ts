import { connect } from "node:net";
import { expect, test } from "vitest";
import { noNetLimits } from "../../server/src/net/connection-table.ts";
import { tcpPreface } from "../contract/ways/tcp.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { until } from "../kit/until.ts";
import { doorPort } from "./door-port.ts";
import { delimited, join, lengthOf, RawTcp } from "./raw-tcp.ts";

const heartbeat = delimited({ body: { case: "heartbeat", value: {} } });

/** A session of a client by hand. */
async function member(url: string, peerId: string): Promise<RawTcp> {
  const client = RawTcp.open(url);
  client.begin(join(peerId));
  await until(
    () => client.responses.length > 0,
    () => "a welcome",
  );
  return client;
}

/** A connection that the server has: what it wrote was read. */
async function opened(port: { readonly url: string }): Promise<RawTcp> {
  const client = RawTcp.open(port.url);
  await new Promise((resolve) => client.socket.once("connect", resolve));
  return client;
}

test("a giant length is refused by its first bytes, and nothing is reserved for it", async () => {
  const { port, host } = await doorPort();
  await using _port = port;
  using stranger = RawTcp.open(port.url);
  stranger.begin(lengthOf(2 ** 32 - 1));
  await stranger.ended;
  expect(stranger.closedBy).toBe("8 MESSAGE_TOO_LARGE");
  using alice = await member(port.url, "alice");
  alice.send(lengthOf(host.settings.messageBytes + 1));
  await alice.ended;
  expect(alice.closedBy).toBe("8 MESSAGE_TOO_LARGE");
});

test("before its session is open, a client may send little", async () => {
  const { port, host } = await doorPort();
  await using _port = port;
  using stranger = RawTcp.open(port.url);
  stranger.begin(lengthOf(host.settings.firstMessageBytes + 1));
  await stranger.ended;
  expect(stranger.closedBy).toBe("8 MESSAGE_TOO_LARGE");
});

test.each([
  ["a length that does not end", Buffer.alloc(20, 0x80)],
  ["bytes that are no message", Buffer.concat([lengthOf(3), Buffer.from([0xff, 0xff, 0xff])])],
])("%s ends the connection, and the session waits for a resume", async (_name, bytes) => {
  const { port, host } = await doorPort();
  await using _port = port;
  using alice = await member(port.url, "alice");
  alice.send(bytes);
  await alice.ended;
  expect(alice.closedBy).toBe("3 MALFORMED_MESSAGE");
  expect(host.switchboard.counts()).toMatchObject({ sessions: 1, attached: 0 });
});

test("a preface that does not come in time ends the connection", async () => {
  const clock = new FakeClock();
  const { port } = await doorPort({ port: { clock } });
  await using _port = port;
  const halves = await Promise.all(Array.from({ length: 20 }, () => opened(port)));
  for (const half of halves) half.send(tcpPreface.subarray(0, 7));
  // Behind a request that is answered, the server knows of them all.
  await fetch(port.url);
  clock.advance(9000);
  await fetch(port.url);
  expect(halves.every(({ socket }) => !socket.readableEnded)).toBe(true);
  clock.advance(2000);
  await Promise.all(halves.map(({ ended }) => ended));
});

test("a first message that comes too slowly ends the connection with its reason", async () => {
  const { port, clock } = await doorPort();
  await using _port = port;
  using slow = RawTcp.open(port.url);
  const bytes = join("slow");
  slow.begin(bytes.subarray(0, 1));
  for (let at = 1; at < 6; at++) {
    slow.send(bytes.subarray(at, at + 1));
    await fetch(port.url);
    clock.advance(2000);
  }
  await fetch(port.url);
  clock.advance(1000);
  await slow.ended;
  expect(slow.closedBy).toBe("4 FIRST_MESSAGE_TIMEOUT");
});

test("a client that does not close its side loses its connection", async () => {
  const { port, clock } = await doorPort({ options: { closeTimeoutMs: 5000 } });
  await using _port = port;
  using stranger = RawTcp.open(port.url);
  stranger.begin(heartbeat);
  await stranger.ended;
  expect(stranger.closedBy).toBe("3 JOIN_EXPECTED");
  // The server reads on, until it has waited long enough: then it answers bytes with a reset.
  stranger.send(heartbeat);
  clock.advance(6000);
  await until(
    () => stranger.socket.destroyed || !stranger.socket.write("x"),
    () => "the connection to be gone",
  );
});

test("a flood of small messages ends nothing, and leaves others their turns", async () => {
  const { port } = await doorPort();
  await using _port = port;
  using alice = await member(port.url, "alice");
  let turns = 0;
  const count = () => {
    turns++;
    if (!alice.bodies.includes("rejected")) setImmediate(count);
  };
  setImmediate(count);
  const floods = Array.from({ length: 50_000 }, () => heartbeat);
  alice.send(...floods, delimited({ seq: 1, to: "bob", body: { case: "bye", value: {} } }));
  await until(
    () => alice.bodies.includes("rejected"),
    () => "the answer to what follows the flood",
  );
  // The server runs in this process. A turn may see the end of one piece and the beginning of the next.
  expect(turns).toBeGreaterThanOrEqual(250);
});

test("a flood from many connections leaves others their turns too", async () => {
  const { port } = await doorPort();
  await using _port = port;
  const names = Array.from({ length: 20 }, (_, at) => `peer-${at}`);
  const members = await Promise.all(names.map((name) => member(port.url, name)));
  const isOver = () => members.every(({ bodies }) => bodies.includes("rejected"));
  let turns = 0;
  const count = () => {
    turns++;
    if (!isOver()) setImmediate(count);
  };
  setImmediate(count);
  const flood = Array.from({ length: 2000 }, () => heartbeat);
  const last = delimited({ seq: 1, to: "nobody", body: { case: "bye", value: {} } });
  for (const peer of members) peer.send(...flood, last);
  await until(isOver, () => "the answers to what follows the floods");
  // 32 messages of each stream at first, and then of 6 streams in each turn: not of all of them.
  expect(turns).toBeGreaterThanOrEqual(150);
  for (const peer of members) peer[Symbol.dispose]();
});

test("what follows a join while it is being admitted is read only when it is over", async () => {
  const { port, host } = await doorPort();
  await using _port = port;
  const admitted = Promise.withResolvers<void>();
  const { admission } = host;
  const slowly: typeof admission.admit = async (request) => {
    await admitted.promise;
    return admission.admit(request);
  };
  Object.assign(host, { admission: { ...admission, admit: slowly } });
  using alice = RawTcp.open(port.url);
  const signals = Array.from({ length: 40 }, (_, at) =>
    delimited({
      seq: at + 1,
      to: "bob",
      body: { case: "offer", value: { sdp: `v=0\r\ns=${"x".repeat(60_000)}\r\n` } },
    }),
  );
  // More than a session may hold back: it has to wait in the socket.
  alice.begin(join("alice"), ...signals);
  await fetch(port.url);
  admitted.resolve();
  await until(
    () => alice.bodies.filter((body) => body === "rejected").length === signals.length,
    () => `an answer to every signal; there are ${alice.bodies.length}`,
  );
});

test("a client that reads nothing is cut off, whatever waits for it", async () => {
  const clock = new FakeClock();
  const { port, host } = await doorPort({ port: { clock } });
  await using _port = port;
  using bob = await member(port.url, "bob");
  bob.socket.pause();
  using alice = await member(port.url, "alice");
  const sdp = `v=0\r\ns=${"x".repeat(60_000)}\r\n`;
  // Signals fill every buffer between the two.
  for (let seq = 1; seq <= 400 && host.switchboard.counts().attached === 2; seq++) {
    alice.send(delimited({ seq, to: "bob", body: { case: "offer", value: { sdp } } }));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(500);
  }
  await until(
    () => {
      clock.advance(1000);
      return host.switchboard.counts().attached === 1;
    },
    () => "the reader to be cut off",
  );
});

test("an address has so many connections, whatever they speak", async () => {
  const limits = { ...noNetLimits, connections: 2, limitLoopback: true };
  const { port } = await doorPort({ port: { limits } });
  await using _port = port;
  using alice = await member(port.url, "alice");
  using bob = await member(port.url, "bob");
  using third = RawTcp.open(port.url);
  third.begin(join("carol"));
  await third.ended;
  expect([alice.bodies[0], bob.bodies[0], third.bodies]).toEqual(["welcome", "welcome", []]);
});

test("an address that joins too often is refused with the time to wait", async () => {
  const limits = { ...noNetLimits, joins: { burst: 1, perSecond: 1 }, limitLoopback: true };
  const { port } = await doorPort({ port: { limits } });
  await using _port = port;
  using _alice = await member(port.url, "alice");
  using bob = RawTcp.open(port.url);
  bob.begin(join("bob"));
  await bob.ended;
  expect(bob.closedBy).toBe("8 RATE_LIMITED");
  expect(bob.responses[0]?.body.value).toMatchObject({ retryAfter: {} });
});

test("a connection that never carried a session has 30 seconds", async () => {
  const clock = new FakeClock();
  const limits = { ...noNetLimits, limitLoopback: true };
  const { port } = await doorPort({ port: { clock, limits } });
  await using _port = port;
  using idle = RawTcp.open(port.url);
  idle.begin();
  using alice = await member(port.url, "alice");
  await fetch(port.url);
  clock.advance(31_000);
  await idle.ended;
  expect(alice.socket.readableEnded).toBe(false);
});

test("a connection that is reset is gone", async () => {
  const { port, host } = await doorPort();
  await using _port = port;
  const { hostname, port: number } = new URL(port.url);
  const socket = connect(Number(number), hostname);
  const client = new RawTcp(socket);
  client.begin(join("alice"));
  await until(
    () => client.responses.length > 0,
    () => "a welcome",
  );
  socket.resetAndDestroy();
  await until(
    () => host.switchboard.counts().attached === 0,
    () => "the session to be detached",
  );
});
