import { writeFile } from "node:fs/promises";
import type { Percentiles } from "../chaos/latency.ts";
import type { Outcome } from "./run-attack.ts";

/** Prints what came of one attack. */
export function printOutcome(outcome: Outcome): void {
  const { attack, note, experience, before, peak, after, recoveryMs, failures } = outcome;
  const line = (name: string, text: string) => console.log(`  ${name.padEnd(12)} ${text}`);
  const levels = [before, peak, after];
  const descriptors = levels.map((level) => level.descriptors).join(" → ");
  line("attack", note);
  if (experience !== undefined) {
    const { attacked, control } = experience;
    line("latency", `${latencyOf(attacked)}; at a node not attacked ${latencyOf(control)}`);
  }
  line("memory", `${resident(outcome)} MB resident before and at its peak; the limit is +${attack.growthMb}`);
  line("held", `${held(outcome)} MB before, at the end and after; the limit at the end is +50`);
  line("descriptors", `${descriptors}; the limit is +${attack.descriptors}`);
  line("recovery", `${(recoveryMs / 1000).toFixed(1)} s`);
  if (failures.length === 0) line("passed", "");
  for (const failure of failures) line("FAILED", failure);
}

function resident({ before, peak }: Outcome): string {
  return [before, peak].map(({ residentMb }) => Math.round(residentMb)).join(" → ");
}

function held({ before, atEnd, after }: Outcome): string {
  return [before, atEnd, after].map(({ heldMb }) => heldMb.toFixed(1)).join(" → ");
}

function latencyOf({ count, p50, p99 }: Percentiles): string {
  return `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms of ${count}`;
}

const page = new URL("../../docs/abuse.md", import.meta.url);

/** Writes down what came of all attacks, for people. */
export async function writePage(outcomes: readonly Outcome[]): Promise<void> {
  await writeFile(page, pageOf(outcomes));
}

function pageOf(outcomes: readonly Outcome[]): string {
  return `# Abuse

The last result of \`npm run abuse\`, written by it. Each attack comes from loopback addresses of its own, without
credentials, against a node of its own. Beside it, two honest peers signal each other all the time, and two more at a node
that nobody attacks, on the same machine of two cores.

The node must stay alive, give back the memory and the descriptors that it held, and keep within the limits of the attack. The
honest peers must keep their streams and lose nothing, and wait at most 10 ms (median) and 50 ms (99th percentile), or
on a machine so busy that those at the other node wait longer, four times their median. What attacks the service
withstands is in [security.md](security.md).

| attack | what it did | latency, p50 / p99 in ms | at the other node | resident before → peak, MB | held before → at the end → after, MB (limit +50) | descriptors | recovered after, s | result |
|---|---|---|---|---|---|---|---|---|
${outcomes.map(row).join("\n")}
`;
}

function row(outcome: Outcome): string {
  const { attack, note, experience, before, peak, after, recoveryMs, failures } = outcome;
  const levels = [before, peak, after];
  const short = (latency: Percentiles | undefined) =>
    latency === undefined ? "-" : `${latency.p50.toFixed(1)} / ${latency.p99.toFixed(1)}`;
  const cells = [
    ...[`\`${attack.id}\`: ${attack.name}`, note],
    ...[short(experience?.attacked), short(experience?.control)],
    `${resident(outcome)} (limit +${attack.growthMb})`,
    held(outcome),
    `${levels.map(({ descriptors }) => descriptors).join(" → ")} (limit +${attack.descriptors})`,
    (recoveryMs / 1000).toFixed(1),
    failures.length === 0 ? "passed" : `failed: ${failures.join("; ")}`,
  ];
  return `| ${cells.join(" | ")} |`;
}
