import { setTimeout as pause } from "node:timers/promises";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { type ParleyNode, startNode } from "../proxies/parley-node.ts";
import type { WallClock } from "../time/wall-clock.ts";
import { Devices } from "./devices.ts";
import type { Span } from "./latency.ts";
import { flagsOf, type Profile } from "./profile.ts";
import type { Storage } from "./storage.ts";

/** How long a load balancer takes to notice that a node does not answer, in milliseconds. */
const noticeMs = 2000;

/** The node that may have a wall clock of its own. */
const firstNode = "n1";

/** The nodes, the load balancer before them, the broker and the bridge of devices, and the storage behind them. */
export class Stage implements AsyncDisposable {
  readonly nodes: ParleyNode[] = [];
  readonly balancer: TcpProxy;
  readonly storage: Storage | undefined;
  /** The wall clock of the first node, if it has one of its own. */
  readonly clock: WallClock | undefined;
  /** Says that a node was at fault, and when. */
  readonly fault: (node: string, span: Span) => void;
  #devices: Devices | undefined;
  readonly #flags: readonly string[];
  readonly #parts: AsyncDisposableStack;
  readonly #outOfRotation = new Set<string>();

  private constructor(
    profile: Profile,
    storage: Storage | undefined,
    clock: WallClock | undefined,
    fault: Stage["fault"],
    balancer: TcpProxy,
    parts: AsyncDisposableStack,
  ) {
    this.storage = storage;
    this.clock = clock;
    this.balancer = balancer;
    this.#parts = parts;
    this.fault = fault;
    this.#flags = [...flagsOf(profile), ...(storage === undefined ? [] : ["--redis-url", storage.url])];
  }

  /**
   * Starts as many nodes. With storage they share it; without it there can only be one.
   *
   * @param fault is called with the node at fault, and when.
   */
  static async start(
    profile: Profile,
    nodes: number,
    storage: Storage | undefined,
    clock: WallClock | undefined,
    fault: Stage["fault"],
  ): Promise<Stage> {
    await using parts = new AsyncDisposableStack();
    if (clock !== undefined) parts.use(clock);
    if (storage !== undefined) parts.use(storage);
    let led: Stage | undefined;
    const balancer = parts.use(await TcpProxy.start(() => led?.rotation ?? []));
    const stage = new Stage(profile, storage, clock, fault, balancer, parts.move());
    led = stage;
    try {
      const names = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
      const [devices, ...started] = await Promise.allSettled([
        Devices.start(stage.url),
        ...names.map((name) => stage.#start(name)),
      ]);
      for (const start of started) if (start.status === "fulfilled") stage.nodes.push(start.value);
      if (devices.status === "fulfilled") stage.#devices = devices.value;
      for (const start of [devices, ...started]) if (start.status === "rejected") throw start.reason;
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.balancer.port}`;
  }

  get devices(): Devices {
    if (this.#devices === undefined) throw new Error("the stage has not started");
    return this.#devices;
  }

  /** The ports of the nodes that new connections are led to. */
  get rotation(): readonly number[] {
    return this.nodes.filter(({ name }) => !this.#outOfRotation.has(name)).map(({ port }) => port);
  }

  node(name: string): ParleyNode {
    const node = this.nodes.find((each) => each.name === name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  }

  /** Takes a node out of rotation, as a load balancer does that has noticed. */
  async notice(name: string): Promise<void> {
    await pause(noticeMs);
    this.#outOfRotation.add(name);
  }

  backInRotation(name: string): void {
    this.#outOfRotation.delete(name);
  }

  /** Starts a node again that has ended, under the same name. */
  async restart(name: string): Promise<ParleyNode> {
    await this.node(name).process.exited();
    const node = await this.#start(name);
    this.nodes[this.nodes.findIndex((each) => each.name === name)] = node;
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#devices?.[Symbol.asyncDispose]();
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
    await this.#parts.disposeAsync();
  }

  #start(name: string): Promise<ParleyNode> {
    const environment = name === firstNode ? this.clock?.environment : undefined;
    return startNode(name, this.#flags, environment === undefined ? {} : { environment });
  }
}
