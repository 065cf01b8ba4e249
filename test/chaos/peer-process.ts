import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { within } from "../kit/within.ts";
import type { ClientLine } from "./history/line.ts";
import type { PeerEvent } from "./peer-event.ts";
import type { Order, PeerPlan, Report } from "./peer-orders.ts";

const program = fileURLToPath(new URL("peers-main.ts", import.meta.url));
const orderMs = 90_000;

type JoinOrder = Extract<Order, { order: "join" }>;

/** Peers in a process of their own. */
export class PeerProcess implements AsyncDisposable {
  readonly peers: readonly PeerPlan[];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<Order["order"], PromiseWithResolvers<void>>();

  /**
   * @param record is given everything the peers see.
   * @param write is given the same for the history.
   */
  constructor(
    peers: readonly PeerPlan[],
    record: (event: PeerEvent) => void,
    write: (line: ClientLine) => void,
  ) {
    this.peers = peers;
    this.#child = fork(program, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", (message: Report) => {
      if (message.report === "events") for (const event of message.events) record(event);
      else if (message.report === "history") for (const line of message.history) write(line);
      else if (message.report === "done") this.#waiting.get(message.order)?.resolve();
      else this.#fail(new Error(message.message));
    });
    this.#child.on("exit", (code, signal) => this.#fail(new Error(`peers ended: ${code ?? signal}`)));
    this.#child.on("error", (error) => this.#fail(error));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get names(): readonly string[] {
    return this.peers.map(({ name }) => name);
  }

  join(order: Omit<JoinOrder, "order" | "peers">): Promise<void> {
    return this.#order({ order: "join", peers: this.peers, ...order });
  }

  begin(): Promise<void> {
    return this.#order({ order: "begin" });
  }

  quiet(): Promise<void> {
    return this.#order({ order: "quiet" });
  }

  /** Ends all its peers at once, without a word. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #order(order: Order): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(order.order, waiting);
    try {
      this.#child.send(order);
      await within(orderMs, `the peers to ${order.order}`, waiting.promise);
    } finally {
      this.#waiting.delete(order.order);
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
