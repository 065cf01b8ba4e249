import { setTimeout as pause } from "node:timers/promises";
import { type Asking, askAt } from "./ask.ts";
import type { RedisCluster } from "./redis-cluster.ts";

interface Shard {
  readonly port: number;
  readonly asking: Asking;
  readonly id: string;
}

/**
 * The shards of the cluster disagree for good about who has a slot, and the keys in it may be gone. Redis 7.0 gets
 * there by itself, about once in 1,500 moves that follow one another within milliseconds: a stale claim wins.
 */
export class ClusterSplitError extends Error {
  override readonly name = "ClusterSplitError";
}

/** Gossip settles within milliseconds, on a busy machine within a second. */
const settleMs = 5000;

/** What a shard believes, and what it has sent to the others of it. */
interface View {
  /** The epoch and the slots of each shard. */
  readonly map: string;
  /** How many messages about slots it has sent, by kind. */
  readonly sent: string;
}

async function viewOf({ asking }: Shard): Promise<View> {
  const nodes = String(await asking.ask("CLUSTER", "NODES"));
  const info = String(await asking.ask("CLUSTER", "INFO"));
  // The first word of a line is the id of a shard, the 7th its epoch, and from the 9th on follow its slots. In
  // brackets are those that it moves.
  const map = nodes
    .trim()
    .split("\n")
    .map((line) => {
      const [id, , , , , , epoch, , ...slots] = line.split(" ");
      return [id, epoch, ...slots.filter((slot) => !slot.startsWith("["))].join(" ");
    });
  const sent = info.split("\n").filter((line) => /_(ping|pong|update)_sent:/.test(line));
  return { map: map.sort().join(), sent: sent.join() };
}

/** Moves the slots of some keys from shard to shard, one after another, as `redis-cli --cluster reshard` does. */
export class Resharding implements AsyncDisposable {
  #moves = 0;
  readonly #shards: readonly Shard[];
  readonly #slots: readonly number[];
  readonly #pauseMs: number;
  #going = true;
  readonly #done: Promise<void>;

  private constructor(shards: readonly Shard[], slots: readonly number[], pauseMs: number) {
    this.#shards = shards;
    this.#slots = slots;
    this.#pauseMs = pauseMs;
    this.#done = this.#run();
    this.#done.catch(() => {});
  }

  /** @param pauseMs from one move to the next: the longer, the less likely is a `ClusterSplitError`. */
  static async start(cluster: RedisCluster, keys: readonly string[], pauseMs = 0): Promise<Resharding> {
    const shards = await Promise.all(
      cluster.servers.map(async ({ url, port }) => {
        const asking = await askAt(url);
        return { port, asking, id: String(await asking.ask("CLUSTER", "MYID")) };
      }),
    );
    const slots = new Set<number>();
    for (const key of keys) slots.add(Number(await shards[0]?.asking.ask("CLUSTER", "KEYSLOT", key)));
    return new Resharding(shards, [...slots], pauseMs);
  }

  /** How many slots have moved. */
  get moves(): number {
    return this.#moves;
  }

  /** Never resolves before `stop`. Rejects if a move has failed, with ClusterSplitError if Redis is at fault. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Ends after the move that is under way. Rejects if one has failed. */
  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {});
    for (const { asking } of this.#shards) asking[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    for (let turn = 0; this.#going; turn++) {
      for (const slot of this.#slots) {
        if (this.#going) await this.#move(slot, turn);
        if (this.#going && this.#pauseMs > 0) await pause(this.#pauseMs);
      }
    }
  }

  async #move(slot: number, turn: number): Promise<void> {
    const owner = await this.#ownerOf(slot);
    const others = this.#shards.filter((shard) => shard !== owner);
    const target = others[turn % others.length];
    if (target === undefined) throw new Error("there is no other shard");
    await target.asking.ask("CLUSTER", "SETSLOT", `${slot}`, "IMPORTING", owner.id);
    await owner.asking.ask("CLUSTER", "SETSLOT", `${slot}`, "MIGRATING", target.id);
    for (;;) {
      const keys = (await owner.asking.ask("CLUSTER", "GETKEYSINSLOT", `${slot}`, "10")) as string[];
      if (keys.length === 0) break;
      // One key at a time, so that a slot is seen with some of its keys here and some there.
      for (const key of keys) {
        await owner.asking.ask("MIGRATE", "127.0.0.1", `${target.port}`, key, "0", "5000");
      }
    }
    for (const { asking } of [target, owner, ...others.filter((shard) => shard !== target)]) {
      await asking.ask("CLUSTER", "SETSLOT", `${slot}`, "NODE", target.id);
    }
    await this.#settled();
    this.#moves++;
  }

  /**
   * Waits until all shards believe the same and none has sent the others anything since the last look. Redis does not
   * protect itself from a message about slots that arrives after the next move: it may give a slot back to a shard
   * that has none of its keys, and delete them there.
   */
  async #settled(): Promise<void> {
    const deadline = performance.now() + settleMs;
    let before: string | undefined;
    while (performance.now() < deadline) {
      const views = await Promise.all(this.#shards.map(viewOf));
      const sent = views.map((view) => view.sent).join();
      if (new Set(views.map((view) => view.map)).size === 1 && sent === before) return;
      before = sent;
      await pause(10);
    }
    throw new ClusterSplitError("the shards do not agree who has which slot");
  }

  async #ownerOf(slot: number): Promise<Shard> {
    const ranges = (await this.#shards[0]?.asking.ask("CLUSTER", "SLOTS")) as [
      number,
      number,
      [string, number, string],
    ][];
    const range = ranges.find(([first, last]) => first <= slot && slot <= last);
    const owner = this.#shards.find(({ id }) => id === range?.[2][2]);
    if (owner === undefined) throw new Error(`nobody owns slot ${slot}`);
    return owner;
  }
}
