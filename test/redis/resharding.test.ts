import { expect, test } from "vitest";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { RedisSwitchboard } from "../../server/src/engines/redis/redis-switchboard.ts";
import type { RoomName } from "../../server/src/switchboard/names.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { testLimits } from "../switchboard/bench.ts";
import { join, type Peer, resume, signal } from "../switchboard/peer.ts";
import { RedisCluster } from "./redis-cluster.ts";
import { ClusterSplitError, Resharding } from "./resharding.ts";

const prefix = "parley";
const rooms = ["r1", "r2", "r3", "r4"];
const leastMoves = 60;
/** Each with a cluster of its own. */
const attempts = 4;
const patience = { timeout: 20_000, interval: 20 };

/** One who sends to the other of its room all the time, and often comes back on the other node. */
class Talker {
  readonly #nodes: readonly RedisSwitchboard[];
  readonly #to: string;
  readonly #seats: Peer[] = [];
  #sent = 0;

  constructor(nodes: readonly RedisSwitchboard[], to: string, first: Peer) {
    this.#nodes = nodes;
    this.#to = to;
    this.#seats.push(first);
  }

  get sent(): string[] {
    return Array.from({ length: this.#sent }, (_, i) => `n${i + 1}`);
  }

  /** What has come, over all its streams. */
  get received(): string[] {
    return this.#seats.flatMap(({ listener }) => listener.relayed.map((text) => text.split(" ")[1] ?? ""));
  }

  get lost(): (string | undefined)[] {
    return this.#seats.filter(({ listener }) => listener.isLost).map(({ listener }) => listener.causeName);
  }

  get accepted(): number {
    return Math.max(
      ...this.#seats.map(({ attached, listener }) => Math.max(attached.accepted, listener.acceptedSeq)),
    );
  }

  say(): void {
    this.#sent++;
    this.#seat.submit(signal(this.#sent, this.#to, `n${this.#sent}`));
    this.#seat.acknowledge(this.#lastSeq);
  }

  async comeBack(): Promise<void> {
    const [token, node] = [this.#peer.token, this.#nodes[this.#seats.length % 2]];
    this.#seat.detach();
    if (node === undefined) throw new Error("there is no node");
    // What is still on its way to the stream that is gone does not count: the client has not processed it.
    const lastSeq = this.#lastSeq;
    this.#seats.push(await resume(node, token, lastSeq, { acked: 0 }));
    const { accepted } = this.#peer.attached;
    for (let seq = accepted + 1; seq <= this.#sent; seq++)
      this.#seat.submit(signal(seq, this.#to, `n${seq}`));
  }

  get #peer(): Peer {
    const peer = this.#seats.at(-1);
    if (peer === undefined) throw new Error("nobody has joined");
    return peer;
  }

  get #seat() {
    return this.#peer.seat;
  }

  get #lastSeq(): number {
    return Math.max(0, ...this.#seats.flatMap(({ listener }) => listener.seqs));
  }
}

/** Signals while the rooms move, for so many moves, and expects that nothing is lost. */
async function signalWhileRoomsMove(): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const cluster = parts.use(await RedisCluster.start());
  const open = async (node: string) => {
    const options = { url: cluster.url, node, clock: systemClock, prefix, onError: () => {} };
    const switchboard = new RedisSwitchboard(testLimits, options);
    parts.defer(() => switchboard.close());
    await switchboard.start();
    return switchboard;
  };
  const nodes = [await open("one"), await open("two")] as const;
  const talkers: Talker[] = [];
  for (const room of rooms) {
    const [a, b] = [await join(nodes[0], room, "a"), await join(nodes[1], room, "b")];
    talkers.push(new Talker(nodes, "b", a), new Talker(nodes, "a", b));
  }
  const keys = new RedisKeys(prefix);
  const moving = [keys.leases, ...rooms.map((room) => keys.room(room as RoomName))];
  const resharding = parts.use(await Resharding.start(cluster, moving));

  const signaling = async () => {
    for (let round = 0; resharding.moves < leastMoves; round++) {
      for (const talker of talkers) talker.say();
      // One after another comes back, and a guest passes through each room.
      const talker = talkers[round % talkers.length];
      const room = rooms[round % rooms.length] ?? "";
      const [guest] = await Promise.all([
        join(nodes[round % 2 ? 0 : 1], room, `guest${round}`),
        talker?.comeBack(),
      ]);
      guest.seat.submit({ kind: "leave", seq: 1 });
    }
    await resharding.stop();

    for (let i = 0; i < talkers.length; i += 2) {
      const [a, b] = [talkers[i], talkers[i + 1]];
      if (a === undefined || b === undefined) break;
      await expect.poll(() => [a.accepted, b.accepted], patience).toEqual([a.sent.length, b.sent.length]);
      await expect
        .poll(() => [a.received.length, b.received.length], patience)
        .toEqual([b.sent.length, a.sent.length]);
      expect(a.received).toEqual(b.sent);
      expect(b.received).toEqual(a.sent);
      expect([...a.lost, ...b.lost]).toEqual([]);
    }
  };
  await Promise.race([
    signaling().catch(async (error: unknown) => {
      await resharding.stop();
      throw error;
    }),
    resharding.done.then(() => new Promise<never>(() => {})),
  ]);
}

test("a cluster moves the rooms while they are in use: nothing is lost, repeated or reordered, and no session ends", async () => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await signalWhileRoomsMove();
    } catch (error) {
      // A cluster whose shards disagree loses data by itself, which says nothing about us.
      if (!(error instanceof ClusterSplitError) || attempt === attempts) throw error;
      console.warn(error);
    }
  }
}, 240_000);
