import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { tcpPreface } from "../contract/ways/tcp.ts";
import { until } from "../kit/until.ts";
import { delimited, join, RawTcp } from "./raw-tcp.ts";

let server: Server;
let url: string;
beforeAll(async () => {
  server = new Server(await configOf([]), { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(() => server.close(0));

const leave = delimited({ seq: 1, body: { case: "leave", value: {} } });

/** Waits until so many responses have come. */
function hear(client: RawTcp, count: number): Promise<void> {
  return until(
    () => client.responses.length >= count,
    () => `${count} responses; there are ${client.bodies.join(", ")}`,
  );
}

test("a session ends with Closed, and then the connection", async () => {
  using alice = RawTcp.open(url);
  alice.begin(join("alice", "leaves"), leave);
  await alice.ended;
  expect(alice.bodies).toEqual(["welcome", "heartbeat", "closed"]);
  expect(alice.closedBy).toBe("0 UNSPECIFIED");
  alice.socket.end();
  await alice.gone;
});

test("the bytes of docs/transports.md are those of a session", async () => {
  const page = readFileSync(new URL("../../docs/transports.md", import.meta.url), "utf8");
  const bytesOf = (arrow: string) =>
    [...page.matchAll(new RegExp(`^${arrow} ((?:[0-9a-f]{2} )+) `, "gm"))].map(([, hex = ""]) =>
      hex.replaceAll(" ", ""),
    );
  const [sent, answered] = [bytesOf("→"), bytesOf("←")];
  expect([sent.length, answered.length]).toEqual([3, 2]);
  using ada = RawTcp.open(url);
  ada.send(Buffer.from(sent.join(""), "hex"));
  await ada.ended;
  expect(ada.bodies[0]).toBe("welcome");
  expect(Buffer.concat(ada.chunks).toString("hex").endsWith(answered.join(""))).toBe(true);
});

test("a client may take its time to close, and what it still sends does no harm", async () => {
  using alice = RawTcp.open(url);
  alice.begin(join("alice", "goes-on"), leave, join("alice", "goes-on"), Buffer.alloc(100_000, 0xff));
  await alice.ended;
  expect(alice.closedBy).toBe("0 UNSPECIFIED");
  alice.send(Buffer.alloc(100_000, 0xff));
  alice.socket.end();
  await alice.gone;
});

test("the preface and the messages may come in any pieces", async () => {
  const bytes = Buffer.concat([tcpPreface, join("alice", "pieces"), leave]);
  for (let at = 1; at < bytes.byteLength; at++) {
    using alice = RawTcp.open(url);
    alice.socket.setNoDelay(true);
    alice.send(bytes.subarray(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    alice.send(bytes.subarray(at));
    await alice.ended;
    expect(alice.closedBy, `split at ${at}`).toBe("0 UNSPECIFIED");
  }
});

test("the same port still speaks HTTP", async () => {
  using alice = RawTcp.open(url);
  alice.begin(join("alice", "beside-http"));
  await hear(alice, 1);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test("other bytes that begin with a zero are no request of HTTP", async () => {
  using stranger = RawTcp.open(url);
  stranger.socket.removeAllListeners("data");
  let answer = "";
  stranger.socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString();
  });
  stranger.send(Buffer.from("\0parley2", "latin1"));
  await stranger.ended;
  expect(answer).toMatch(/^HTTP\/1.1 400/);
});

test("all responses of a turn leave in one write", async () => {
  using bob = RawTcp.open(url);
  bob.begin(join("bob", "bursts"));
  await hear(bob, 1);
  using alice = RawTcp.open(url);
  alice.begin(join("alice", "bursts"));
  await hear(bob, 2);
  bob.chunks.length = 0;
  const burst = Array.from({ length: 10 }, (_, at) =>
    delimited({ seq: at + 1, to: "bob", body: { case: "bye", value: { reason: `${at}` } } }),
  );
  alice.send(...burst);
  await hear(bob, 12);
  expect(bob.chunks).toHaveLength(1);
});

test("a client that closes its side is gone, and its session waits for a resume", async () => {
  await until(
    () => server.counts().attached === 0,
    () => "the sessions of other tests to be detached",
  );
  const { sessions } = server.counts();
  using alice = RawTcp.open(url);
  alice.begin(join("alice", "closes"));
  await hear(alice, 1);
  const token = alice.responses[0]?.body;
  alice.socket.end();
  await alice.gone;
  await until(
    () => server.counts().attached === 0,
    () => "the session to be detached",
  );
  expect(server.counts().sessions).toBe(sessions + 1);
  const sessionToken = token?.case === "welcome" ? token.value.sessionToken : "";
  using again = RawTcp.open(url);
  again.begin(delimited({ body: { case: "resume", value: { sessionToken } } }));
  await hear(again, 1);
  expect(again.responses[0]?.body).toMatchObject({ case: "welcome", value: { resumed: true } });
});

test("a refusal names the field at fault", async () => {
  using alice = RawTcp.open(url);
  alice.begin(join("alice", "no room"));
  await alice.ended;
  expect(alice.responses).toMatchObject([
    { body: { case: "closed", value: { code: 3, violations: [{ field: "join.room" }] } } },
  ]);
});

test("a stopping server ends every connection with GOING_AWAY, whether it has a session or not", async () => {
  const log = new LogBook();
  const closing = new Server(await configOf([]), { logger: log });
  const { url: closingUrl } = await closing.start();
  using silent = RawTcp.open(closingUrl);
  silent.begin();
  using halfPreface = RawTcp.open(closingUrl);
  halfPreface.send(tcpPreface.subarray(0, 4));
  using member = RawTcp.open(closingUrl);
  member.begin(join("alice"));
  await hear(member, 1);
  for (const client of [silent, member]) client.socket.once("end", () => client.socket.end());
  await closing.close(0);
  await Promise.all([silent.ended, halfPreface.ended, member.ended]);
  expect(member.bodies).toEqual(["welcome", "goAway", "closed"]);
  expect([silent.closedBy, member.closedBy]).toEqual(["14 GOING_AWAY", "14 GOING_AWAY"]);
  expect(log.find("stopped")).toEqual({ connectionsCut: 0 });
});
