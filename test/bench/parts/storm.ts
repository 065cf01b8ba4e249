import { setTimeout as wait } from "node:timers/promises";
import type { BenchClient } from "../clients/bench-client.ts";
import { type BenchKind, kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { type Effort, type Findings, rounded } from "./part.ts";

/** How many peers come back at the same time. */
const atOnce = 200;

/** Everybody is cut at once with signals under way, and comes back: how long it takes, and what is lost. */
export async function measureStorm({ idlePeers }: Effort, log: (text: string) => void): Promise<Findings> {
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  for (const name of ["grpc", "web", "webSocket", "parleyTcp"] as const) {
    const { resumed, sent, received, twice } = await storm(kinds[name], idlePeers);
    figures[`${name}.lost`] = sent - received;
    rows.push([kinds[name].title, rounded(resumed, 1), String(sent), String(sent - received), String(twice)]);
    log(`storm: ${kinds[name].title}, ${rounded(resumed, 1)} s, ${sent - received} of ${sent} lost`);
  }
  return {
    figures,
    sections: [
      {
        title: "All clients come back at once",
        text: `${idlePeers} peers in rooms of two. Each sends a signal and loses its connection at the same moment; the sessions are resumed ${atOnce} at a time. Bounded by the clients' one core.`,
        columns: ["client", "s until all are back", "signals", "lost", "twice"],
        rows,
      },
    ],
  };
}

/** Connects so many peers, cuts them all with a signal under way, and lets them come back. */
export async function storm(kind: BenchKind, count: number) {
  await using server = await ServerProcess.start(kind);
  const counts = new Map<string, number>();
  const received = (_from: string, _kind: string, text: string) =>
    counts.set(text, (counts.get(text) ?? 0) + 1);
  const clients: BenchClient[] = [];
  await inGroups(count, async (n) => {
    clients[n] = await kind.connect({
      url: server.url,
      room: `r${n >> 1}`,
      peer: `p${n}`,
      received,
      from: fromOf(n),
    });
  });
  clients.forEach((client, n) => {
    client.send(`p${n ^ 1}`, "candidate", [`candidate:1 1 udp 1 192.0.2.1 9 typ host network-id ${n}`]);
    if (n % 2 === 0) client.cut();
  });
  await wait(1); // what is in the buffers goes out, or half of it
  clients.forEach((client, n) => {
    if (n % 2 === 1) client.cut();
  });
  const began = performance.now();
  await inGroups(count, (n) => clients[n]?.resume?.() ?? Promise.resolve());
  const resumed = (performance.now() - began) / 1000;
  for (let waited = 0; counts.size < count && waited < 10_000; waited += 50) await wait(50);
  for (const client of clients) client.cut();
  const twice = [...counts.values()].filter((times) => times > 1).length;
  return { resumed, sent: count, received: counts.size, twice };
}

/** In how many seconds so many peers connect. */
export async function connecting(kind: BenchKind, count: number): Promise<number> {
  await using server = await ServerProcess.start(kind);
  const clients: BenchClient[] = [];
  const began = performance.now();
  await inGroups(count, async (n) => {
    const received = () => {};
    clients[n] = await kind.connect({
      url: server.url,
      room: `r${n >> 1}`,
      peer: `p${n}`,
      received,
      from: fromOf(n),
    });
  });
  const seconds = (performance.now() - began) / 1000;
  for (const client of clients) client.cut();
  return seconds;
}

/** One address has not enough ports for a crowd whose first connections are still closing. */
function fromOf(n: number): string {
  return `127.0.0.${2 + (n % 8)}`;
}

async function inGroups(count: number, act: (n: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, count - i) }, (_, n) => act(i + n)));
  }
}
