import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { until } from "../kit/until.ts";
import { startNode } from "../proxies/parley-node.ts";
import { RedisServer } from "../redis/redis-server.ts";

const page = fileURLToPath(new URL("../../docs/clients.md", import.meta.url));
const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));
vi.setConfig({ testTimeout: 60_000 });

// Fewer than one sender may have waiting in a mailbox: half of 256.
const signalCount = 100;
const cutEvery = 10;

interface Response {
  readonly iceCandidate?: { readonly candidate: string };
  readonly welcome?: { readonly peers: readonly object[] };
  readonly peerJoined?: object;
}

interface Session {
  send(signal: object): void;
}

interface Listener {
  message(response: Response): void;
  end(reason: string, lost: readonly object[]): void;
}

type SessionClass = new (address: string, join: object, on: Listener) => Session;

/** The program of the page, as a module. */
async function programOfPage(): Promise<{ readonly lines: number; readonly Session: SessionClass }> {
  const [, source = ""] = /```js\n([\s\S]*?)```/.exec(await readFile(page, "utf8")) ?? [];
  await mkdir(cache, { recursive: true });
  const file = `${cache}clients-page-${process.pid}.mjs`;
  await writeFile(file, source);
  try {
    const { Session } = await import(pathToFileURL(file).href);
    return { lines: source.split("\n").filter((line) => line.trim() !== "").length, Session };
  } finally {
    await rm(file);
  }
}

/** One peer, and what it received from the other, in order. */
class Peer {
  readonly received: string[] = [];
  /** Whether the other peer is in the room. */
  seesOther = false;
  ended: { readonly reason: string; readonly lost: number } | undefined;
  readonly #session: Session;
  readonly #to: string;
  #sent = 0;

  constructor(Session: SessionClass, address: string, name: string, to: string) {
    this.#to = to;
    this.#session = new Session(
      address,
      { room: "page", peerId: name },
      {
        message: (response) => {
          if (response.iceCandidate) this.received.push(response.iceCandidate.candidate);
          if (response.welcome?.peers.length || response.peerJoined) this.seesOther = true;
        },
        end: (reason, lost) => {
          this.ended = { reason, lost: lost.length };
        },
      },
    );
  }

  signal(): void {
    const candidate = `candidate:1 1 udp 1 192.0.2.1 ${++this.#sent} typ host`;
    this.#session.send({ to: this.#to, iceCandidate: { candidate } });
  }

  leave(): void {
    this.#session.send({ leave: {} });
  }
}

const expected = Array.from(
  { length: signalCount },
  (_, n) => `candidate:1 1 udp 1 192.0.2.1 ${n + 1} typ host`,
);

test("the client of docs/clients.md loses nothing when connections are cut and a node is killed", async () => {
  const { lines, Session } = await programOfPage();
  expect(lines).toBeLessThanOrEqual(60);

  await using redis = await RedisServer.start();
  const flags = ["--redis-url", redis.url, "--drain", "0"];
  await using first = await startNode("first", flags);
  await using second = await startNode("second", flags);
  const nodes = [first, second];
  await using network = await TcpProxy.start(() =>
    nodes.filter(({ process }) => !process.hasExited).map(({ port }) => port),
  );
  const address = `127.0.0.1:${network.port}`;
  const alice = new Peer(Session, address, "alice", "bob");
  const bob = new Peer(Session, address, "bob", "alice");
  await until(async () => alice.seesOther && bob.seesOther, "both to be in the room", 10_000);

  let cuts = 0;
  for (let sent = 1; sent <= signalCount; sent++) {
    alice.signal();
    bob.signal();
    if (sent % cutEvery === 0) {
      cuts += network.cut();
      if (sent === signalCount / 2) first.process.signal("SIGKILL");
    }
    // Spread over a few rounds of the loop, so that cuts come between signals and acknowledgements.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(cuts).toBeGreaterThan(0);
  await until(
    async () => [alice, bob].every(({ received }) => received.length >= signalCount),
    "everything to arrive",
    30_000,
  );
  expect(alice.received).toEqual(expected);
  expect(bob.received).toEqual(expected);
  expect(first.process.hasExited).toBe(true);

  alice.leave();
  await until(async () => alice.ended !== undefined, "alice to have left", 5000);
  expect(alice.ended).toEqual({ reason: "LEFT", lost: 0 });
  bob.leave();
  await until(async () => bob.ended !== undefined, "bob to have left", 5000);
});
