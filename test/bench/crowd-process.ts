// Part of a crowd, in a process of its own: node crowd-process.ts KIND URL FIRST END AT-ONCE
// It answers once when it can begin. Its parent then sends the steps, one after the other, and gets an answer to each.
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import type { BenchClient } from "./clients/bench-client.ts";
import type { Received, Step } from "./crowd-processes.ts";
import { type KindName, kinds } from "./kinds.ts";

const [kind = "", url = "", first = "", end = "", atOnce = ""] = process.argv.slice(2);
const { connect } = kinds[kind as KindName];
const numbers = Array.from({ length: Number(end) - Number(first) }, (_, n) => Number(first) + n);
const clients = new Map<number, BenchClient>();
/** How often each signal has come. */
const counts = new Map<string, number>();

const steps: Record<Step, () => Promise<void>> = {
  connect: () =>
    inGroups(async (n) => {
      const received = (_from: string, _kind: string, text: string) =>
        counts.set(text, (counts.get(text) ?? 0) + 1);
      const options = { url, room: `r${n >> 1}`, peer: `p${n}`, received, from: fromOf(n) };
      clients.set(n, await connect(options));
    }),

  async cut() {
    for (const [n, client] of clients) {
      client.send(`p${n ^ 1}`, "candidate", [`candidate:1 1 udp 1 192.0.2.1 9 typ host network-id ${n}`]);
      if (n % 2 === 0) client.cut();
    }
    await wait(1); // what is in the buffers goes out, or half of it
    for (const [n, client] of clients) if (n % 2 === 1) client.cut();
  },

  resume: () => inGroups((n) => clients.get(n)?.resume?.() ?? Promise.resolve()),

  async receive() {
    for (let waited = 0; counts.size < numbers.length && waited < 10_000; waited += 50) await wait(50);
  },
};

/** One address has too few ports for a crowd whose first connections are still closing. */
function fromOf(n: number): string {
  return `127.0.0.${2 + (n % 64)}`;
}

async function inGroups(act: (n: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < numbers.length; at += Number(atOnce)) {
    await Promise.all(numbers.slice(at, at + Number(atOnce)).map(act));
  }
}

function answer(): void {
  const twice = [...counts.values()].filter((times) => times > 1).length;
  process.send?.({ received: counts.size, twice } satisfies Received);
}

process.on("message", async (step: Step) => {
  await steps[step]();
  answer();
});
process.on("disconnect", () => process.exit());
answer();
