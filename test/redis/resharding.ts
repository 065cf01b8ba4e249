import { type Asking, askAt } from "./ask.ts";
import type { RedisCluster } from "./redis-cluster.ts";

interface Shard {
  readonly port: number;
  readonly asking: Asking;
  readonly id: string;
}

/** Moves the slots of some keys from shard to shard, one after another, as `redis-cli --cluster reshard` does. */
export class Resharding implements AsyncDisposable {
  #moves = 0;
  #failure: unknown;
  readonly #shards: readonly Shard[];
  readonly #slots: readonly number[];
  #going = true;
  readonly #done: Promise<void>;

  private constructor(shards: readonly Shard[], slots: readonly number[]) {
    this.#shards = shards;
    this.#slots = slots;
    this.#done = this.#run();
    this.#done.catch((error: unknown) => {
      this.#failure = error;
    });
  }

  static async start(cluster: RedisCluster, keys: readonly string[]): Promise<Resharding> {
    const shards = await Promise.all(
      cluster.servers.map(async ({ url, port }) => {
        const asking = await askAt(url);
        return { port, asking, id: String(await asking.ask("CLUSTER", "MYID")) };
      }),
    );
    const slots = new Set<number>();
    for (const key of keys) slots.add(Number(await shards[0]?.asking.ask("CLUSTER", "KEYSLOT", key)));
    return new Resharding(shards, [...slots]);
  }

  /** How many slots have moved. Throws if a move has failed. */
  get moves(): number {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#moves;
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
    await this.#agreed(target);
    this.#moves++;
  }

  /** The shards know one another's newest claims: a move before that could be undone by an older one. */
  async #agreed(target: Shard): Promise<void> {
    for (;;) {
      const claims = await Promise.all(
        this.#shards.map(async ({ asking }) => {
          const nodes = String(await asking.ask("CLUSTER", "NODES")).split("\n");
          // The line begins with the id; the 7th word is its epoch, and from the 9th on are its slots.
          const words = nodes.find((line) => line.startsWith(target.id))?.split(" ") ?? [];
          return [words[6], ...words.slice(8).filter((word) => !word.startsWith("["))].join(" ");
        }),
      );
      if (new Set(claims).size === 1) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
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
