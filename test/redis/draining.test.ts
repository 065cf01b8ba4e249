import { randomBytes } from "node:crypto";
import type { SignalResponse } from "@parley/contract";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Balancer } from "../../scripts/cluster/balancer.ts";
import { Server } from "../../server/src/server.ts";
import { candidate } from "../contract/stage/content.ts";
import { HeldClock } from "../contract/stage/held-clock.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { type Channel, type ChannelStream, channels } from "./channels.ts";
import { RedisServer } from "./redis-server.ts";

interface Node {
  readonly name: string;
  readonly server: Server;
  readonly log: LogBook;
  readonly url: string;
  readonly port: number;
}

let redis: RedisServer;
let clock: HeldClock;
let nodes: Node[];
let balancer: Balancer;
let address: string;

async function startNode(name: string): Promise<Node> {
  const log = new LogBook();
  const config = await configOf(["--redis-url", redis.url, "--node", name]);
  const server = new Server(config, { logger: log, clock });
  return { name, server, log, ...(await server.start()) };
}

beforeEach(async () => {
  redis = await RedisServer.start();
  clock = new HeldClock();
  nodes = [await startNode("one"), await startNode("two")];
  balancer = new Balancer(() => nodes.map(({ port }) => port));
  address = `127.0.0.1:${await balancer.listen(0)}`;
});
afterEach(async () => {
  balancer.close();
  for (const { server } of nodes) await server.close(0);
  await redis[Symbol.asyncDispose]();
});

/** A peer of a backend: its streams come one after the other over one channel. */
class ChannelPeer {
  readonly received: number[] = [];
  readonly waits: number[] = [];
  readonly #channel: Channel;
  readonly #name: string;
  #stream: ChannelStream | undefined;
  #token = "";
  #heard = 0;
  #sent = 0;
  node = "";

  constructor(channel: Channel, name: string) {
    this.#channel = channel;
    this.#name = name;
  }

  join(): Promise<void> {
    return this.#open({
      body: { case: "join", value: { room: "standup", peerId: this.#name, nonce: randomBytes(16) } },
    });
  }

  resume(): Promise<void> {
    return this.#open({
      body: { case: "resume", value: { sessionToken: this.#token, lastSeq: this.#heard } },
    });
  }

  /** Sends the next number to a peer. */
  send(to: string): void {
    const seq = ++this.#sent;
    this.#stream?.send({
      seq,
      to,
      body: { case: "iceCandidate", value: { candidate: candidate(`${seq}`) } },
    });
  }

  async #open(first: Parameters<ChannelStream["send"]>[0]): Promise<void> {
    const stream = this.#channel.open();
    stream.send(first);
    const opened = await stream.inbox.next();
    if ("code" in opened) throw new Error(`${this.#name} got ${JSON.stringify(opened)}`);
    this.#stream = stream;
    this.#take(opened);
    void this.#read(stream);
  }

  async #read(stream: ChannelStream): Promise<void> {
    for (;;) {
      const next = await stream.inbox.next();
      if ("code" in next) return;
      this.#take(next);
    }
  }

  #take({ seq, body }: SignalResponse): void {
    if (seq !== 0) this.#heard = seq;
    if (body.case === "welcome") {
      this.#token = body.value.sessionToken;
      this.node = body.value.server?.node ?? "";
    } else if (body.case === "iceCandidate") {
      this.received.push(Number(/^candidate:(\d+)/.exec(body.value.candidate)?.[1]));
    } else if (body.case === "goAway") {
      const { seconds, nanos } = body.value.reconnectAfter ?? { seconds: 0n, nanos: 0 };
      this.waits.push(Number(seconds) * 1000 + nanos / 1e6);
    }
  }
}

describe.each(Object.entries(channels))(
  "a node that drains, behind a layer-4 balancer, and %s",
  (_name, open) => {
    test("moves the sessions of a channel to the other node, and loses nothing", async () => {
      using channel = open(address);
      const alice = new ChannelPeer(channel, "alice");
      const bob = new ChannelPeer(channel, "bob");
      await alice.join();
      await bob.join();
      expect(bob.node).toBe(alice.node);
      const old = nodes.find(({ name }) => name === alice.node);
      if (old === undefined) throw new Error(`no node ${alice.node}`);
      const ready = async ({ url }: Node) => (await fetch(`${url}/readyz`)).status;

      const closed = old.server.close(20_000);
      await expect.poll(() => [alice.waits.length, bob.waits.length]).toEqual([1, 1]);
      expect(await ready(old)).toBe(503);
      for (const wait of [...alice.waits, ...bob.waits]) {
        expect(wait).toBeGreaterThanOrEqual(2000);
        expect(wait).toBeLessThanOrEqual(20_000);
      }

      // The channel still has its connection: what it asks reaches the old node.
      await expect(new ChannelPeer(channel, "late").join()).rejects.toThrow("UNAVAILABLE");
      await alice.resume();
      expect(alice.node).toBe(old.name);
      await expect.poll(() => alice.waits.length).toBe(2);
      alice.send("bob");
      await expect.poll(() => bob.received).toEqual([1]);

      // Balancers have noticed.
      clock.advance(2000);
      await expect
        .poll(async () => {
          await alice.resume();
          return alice.node;
        })
        .not.toBe(old.name);
      // Bob has not moved: his stream goes on where it was.
      alice.send("bob");
      bob.send("alice");
      await expect.poll(() => [bob.received, alice.received]).toEqual([[1, 2], [1]]);
      expect(bob.node).toBe(old.name);
      await bob.resume();
      expect(bob.node).toBe(alice.node);
      await closed;
      expect(old.log.find("stopped")).toEqual({ connectionsCut: 0 });

      alice.send("bob");
      bob.send("alice");
      await expect
        .poll(() => [bob.received, alice.received])
        .toEqual([
          [1, 2, 3],
          [1, 2],
        ]);
    });
  },
);

test("a node without sessions waits for the balancers all the same, and takes connections until then", async () => {
  const [node] = nodes;
  if (node === undefined) throw new Error("no node");
  const closed = node.server.close(20_000);
  expect((await fetch(`${node.url}/readyz`)).status).toBe(503);
  clock.advance(1900);
  expect((await fetch(`${node.url}/readyz`)).status).toBe(503);
  clock.advance(100);
  await closed;
  await expect(fetch(`${node.url}/readyz`)).rejects.toThrow();
});
