import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Percentiles, percentilesOf } from "../chaos/latency.ts";
import { within } from "../kit/within.ts";
import type { Observation } from "./honest-couple.ts";
import type { Order, Report } from "./honest-orders.ts";

const program = fileURLToPath(new URL("honest-main.ts", import.meta.url));
const orderMs = 30_000;

/** What the honest couples observed of a stretch of time. */
export interface Experience {
  /** At the node under attack. */
  readonly attacked: Percentiles;
  /** At the same time, on the same machine, at a node that nobody attacks. */
  readonly control: Percentiles;
  readonly troubles: readonly string[];
}

/** Honest couples at two nodes, in a process of their own. */
export class HonestProcess implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(env: NodeJS.ProcessEnv) {
    const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
    this.#child = fork(program, { stdio: [...stdio], env: { ...process.env, ...env } });
  }

  /**
   * @param urls of the node under attack, and of the one that is not
   * @param env variables that it needs beside those of this process
   */
  static async start(
    urls: readonly [attacked: string, control: string],
    env: NodeJS.ProcessEnv,
  ): Promise<HonestProcess> {
    const couples = new HonestProcess(env);
    try {
      await couples.#order({ order: "meet", urls });
      return couples;
    } catch (error) {
      await couples[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has the couples send while `during` runs. */
  async observe(during: () => Promise<unknown>): Promise<Experience> {
    await this.#order({ order: "begin" });
    await during();
    const [attacked, control] = await this.#order({ order: "end" });
    return {
      attacked: percentilesOf(attacked?.latencies ?? []),
      control: percentilesOf(control?.latencies ?? []),
      troubles: attacked?.troubles ?? [],
    };
  }

  async #order(order: Order): Promise<readonly Observation[]> {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const onExit = () => reject(new Error("the process of the honest couples ended"));
    this.#child.once("exit", onExit);
    try {
      const answered = once(this.#child, "message");
      this.#child.send(order);
      const answer = Promise.race([answered, ended]);
      const [report] = (await within(orderMs, `the honest couples to ${order.order}`, answer)) as [Report];
      if (report.report === "failed") throw new Error(report.message);
      return report.observations;
    } finally {
      this.#child.off("exit", onExit);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
