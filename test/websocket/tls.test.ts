import { once } from "node:events";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket as WsClient } from "ws";
import { SignalingClient } from "../../client-web/src/index.ts";
import { webSocketTransport } from "../../client-web/src/websocket.ts";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { until } from "../kit/until.ts";
import { TestAuthority } from "../redis/test-authority.ts";

const authority = new TestAuthority();
const authorities = getCACertificates("default");
let server: Server;
let port: number;
beforeAll(async () => {
  // Node's own WebSocket takes no certificates of its caller.
  setDefaultCACertificates([...authorities, authority.ca]);
  const { certFile, keyFile } = authority.issue("DNS:localhost,IP:127.0.0.1");
  const config = await configOf(["--tls-cert", certFile, "--tls-key", keyFile]);
  server = new Server(config, { logger: new LogBook() });
  ({ port } = await server.start());
});
afterAll(async () => {
  setDefaultCACertificates(authorities);
  authority[Symbol.dispose]();
  await server.close(0);
});

const address = () => `wss://127.0.0.1:${port}/v1/signal`;
const join = (room: string) => JSON.stringify({ join: { room, peerId: "alice" } });

test("ws joins over TLS, and leaves", async () => {
  const socket = new WsClient(address(), "parley.v1.json", { ca: authority.ca });
  socket.once("open", () => socket.send(join("by-ws")));
  const [data] = (await once(socket, "message")) as [Buffer];
  expect(JSON.parse(data.toString())).toMatchObject({ welcome: { you: { peerId: "alice" } } });
  socket.send(JSON.stringify({ leave: {} }));
  expect(await once(socket, "close")).toEqual([1000, Buffer.alloc(0)]);
});

test("a client that does not know the authority opens nothing", async () => {
  using stranger = new TestAuthority();
  const socket = new WsClient(address(), "parley.v1.json", { ca: stranger.ca });
  const [error] = await once(socket, "error");
  expect((error as NodeJS.ErrnoException).code).toMatch(/CERT|SIGNATURE|ISSUER/);
});

test("a refusal over TLS shows Node's own WebSocket its close code and its reason", async () => {
  const socket = new WebSocket(address(), "parley.v1.json");
  socket.addEventListener("open", () => socket.send(join("no room")));
  const [{ code, reason }] = (await once(socket, "close")) as [CloseEvent];
  expect(code).toBe(4003);
  expect(reason).toMatch(/^ROOM_INVALID never: a room is named by/);
});

test("a page of another site is refused over TLS with a reason that it can read", async () => {
  const socket = new WsClient(address(), { ca: authority.ca, origin: "https://evil.example" });
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  expect(code).toBe(4007);
  expect(reason.toString()).toMatch(/^ORIGIN_REFUSED never/);
});

/** What each hears of the other is numbered by its sender, from 1. */
class Talker implements Disposable {
  readonly client: SignalingClient;
  readonly heard: number[] = [];
  readonly states: string[] = [];
  readonly sent: Promise<void>[] = [];
  resets = 0;

  constructor(peerId: string, url: string) {
    this.client = new SignalingClient({
      transport: webSocketTransport({ url }),
      room: "by-node",
      peerId,
      reconnect: () => 10,
    });
    this.client.on("signal", (signal) => this.heard.push(signal.kind === "bye" ? Number(signal.reason) : 0));
    this.client.on("state", (state) => this.states.push(state));
    this.client.on("reset", () => this.resets++);
  }

  say(to: string, count: number): void {
    for (let each = 0; each < count; each++) {
      const reason = `${this.sent.length + 1}`;
      this.sent.push(this.client.send({ kind: "bye", to, reason }));
    }
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

test("sessions of Node's own WebSocket survive cuts of TLS in the middle of their signals, and lose none", async () => {
  await using network = await TcpProxy.start(() => [port], { resets: true });
  using alice = new Talker("alice", `https://${network.address}`);
  using bob = new Talker("bob", `https://127.0.0.1:${port}`);
  await alice.client.connect();
  await bob.client.connect();
  await until(
    () => alice.client.peers.has("bob"),
    () => "alice to meet bob",
  );
  const cuts = 5;
  for (let cut = 1; cut <= cuts; cut++) {
    const [atAlice, atBob] = [alice.heard.length, bob.heard.length];
    alice.say("bob", 20);
    bob.say("alice", 20);
    await until(
      () => alice.heard.length > atAlice && bob.heard.length > atBob,
      () => "the first of many signals",
    );
    alice.say("bob", 20);
    bob.say("alice", 20);
    expect(network.cut()).toBeGreaterThanOrEqual(1);
    await until(
      () => alice.states.filter((state) => state === "open").length === 1 + cut,
      () => `a resume after cut ${cut}; there was ${alice.states}`,
    );
  }
  await Promise.all([...alice.sent, ...bob.sent]);
  const all = Array.from({ length: 40 * cuts }, (_, at) => at + 1);
  await until(
    () => alice.heard.length >= all.length && bob.heard.length >= all.length,
    () => `all signals; there were ${alice.heard.length} and ${bob.heard.length}`,
  );
  expect(bob.heard).toEqual(all);
  expect(alice.heard).toEqual(all);
  expect([alice.resets, bob.resets]).toEqual([0, 0]);
  expect(bob.states).toEqual(["connecting", "open"]);
});
