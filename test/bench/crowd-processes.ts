import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { KindName } from "./kinds.ts";

/** What a crowd does next: all of it connects, loses its connections, comes back, waits for what was under way. */
export type Step = "connect" | "cut" | "resume" | "receive";

/** The signals that have come so far, and how many of them more than once. */
export interface Received {
  readonly received: number;
  readonly twice: number;
}

/** How many peers one process has: it may not open many more files. */
const peersPerProcess = 8000;
/** How many peers connect at the same time. */
export const atOnce = 200;

/** Peers in rooms of two, in as many processes as they need, all on the core of their parent. */
export class CrowdProcesses implements Disposable {
  readonly #children: readonly ChildProcess[];

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  /** Resolves when all processes can begin. */
  static async start(kind: KindName, url: string, count: number): Promise<CrowdProcesses> {
    const processes = Math.ceil(count / peersPerProcess);
    // Both peers of a room are in the same process.
    const bounds = Array.from(
      { length: processes + 1 },
      (_, n) => 2 * Math.round((n * count) / processes / 2),
    );
    const children = bounds.slice(1).map((end, n) => {
      const range = [bounds[n] ?? 0, end, Math.ceil(atOnce / processes)].map(String);
      return fork(`${import.meta.dirname}/crowd-process.ts`, [kind, url, ...range]);
    });
    await Promise.all(children.map((child) => once(child, "message")));
    return new CrowdProcesses(children);
  }

  /** Resolves when all processes have taken the step. */
  async take(step: Step): Promise<Received> {
    const answers = await Promise.all(
      this.#children.map(async (child) => {
        const answer = Promise.race([
          once(child, "message"),
          once(child, "exit").then(() => {
            throw new Error(`a process of the crowd ended in the step ${step}`);
          }),
        ]);
        child.send(step);
        return (await answer)[0] as Received;
      }),
    );
    const sum = (of: (answer: Received) => number) => answers.reduce((total, each) => total + of(each), 0);
    return { received: sum(({ received }) => received), twice: sum(({ twice }) => twice) };
  }

  /** The same, and in how many seconds. */
  async time(step: Step): Promise<number> {
    const began = performance.now();
    await this.take(step);
    return (performance.now() - began) / 1000;
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
