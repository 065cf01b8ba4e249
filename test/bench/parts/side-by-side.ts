import type { Calls } from "../calls.ts";
import { type KindName, kinds } from "../kinds.ts";
import { callsAtBothLoads } from "./call-set-up.ts";
import { halfLoad } from "./half-load.ts";
import { idlePeer } from "./idle-memory.ts";
import { type Effort, median, rounded, type Section } from "./part.ts";

/** Servers that are compared over one transport. */
export interface SideBySide {
  readonly title: string;
  readonly text: string;
  /** In the order of their turns. */
  readonly compared: readonly KindName[];
  /** What the names of the figures begin with. */
  readonly prefix: string;
}

/** What a call and an idle peer cost: all servers in turn, in every round. Adds to the figures. */
export async function measureSideBySide(
  { title, text, compared, prefix }: SideBySide,
  { callRounds, seconds, idlePeers }: Effort,
  figures: Record<string, number>,
  log: (text: string) => void,
): Promise<Section> {
  const found = compared.map((name) => ({
    name,
    full: [] as Calls[],
    half: [] as Calls[],
    memory: [] as number[],
  }));
  const rate = await halfLoad(seconds);
  for (let round = 0; round < callRounds; round++) {
    for (const { name, full, half, memory } of found) {
      const calls = await callsAtBothLoads(name, seconds, rate);
      full.push(calls.full);
      half.push(calls.half);
      memory.push((await idlePeer(kinds[name], idlePeers)).bytes);
    }
    log(`${title}: round ${round + 1} of ${callRounds}`);
  }
  const rows = found.map(({ name, full, half, memory }) => {
    const cpuFull = median(full.map(({ cpuMicrosPerCall }) => cpuMicrosPerCall));
    const cpu = median(half.map(({ cpuMicrosPerCall }) => cpuMicrosPerCall));
    const p99 = median(half.map(({ p99Ms }) => p99Ms));
    const bytes = median(memory);
    const own = { cpuFull, cpu, p99, memory: bytes };
    for (const [key, value] of Object.entries(own)) figures[`${prefix}.${name}.${key}`] = value;
    return [kinds[name].title, rounded(cpuFull), rounded(cpu), rounded(p99, 2), rounded(bytes / 1024, 1)];
  });
  return {
    title,
    text: `${text} Calls as above, then ${idlePeers} idle peers, each server in turn in every round.`,
    columns: [
      "server",
      "µs CPU per call, full load",
      "µs CPU per call, half load",
      "p99 ms, half load",
      "KB per idle peer",
    ],
    rows,
  };
}
