import type { Percentiles } from "../chaos/latency.ts";
import type { Outcome } from "./run-attack.ts";

/** Prints what came of one attack. */
export function printOutcome(outcome: Outcome): void {
  const { attack, note, experience, before, peak, after, recoveryMs, failures } = outcome;
  const line = (name: string, text: string) => console.log(`  ${name.padEnd(12)} ${text}`);
  const levels = [before, peak, after];
  const memory = levels.map(({ residentMb }) => Math.round(residentMb)).join(" → ");
  const descriptors = levels.map((level) => level.descriptors).join(" → ");
  line("attack", note);
  if (experience !== undefined) {
    const { attacked, control } = experience;
    line("latency", `${latencyOf(attacked)}; at a node not attacked ${latencyOf(control)}`);
  }
  line("memory", `${memory} MB before, at its peak and after; the limit is +${attack.growthMb}`);
  line("descriptors", `${descriptors}; the limit is +${attack.descriptors}`);
  line("recovery", `${(recoveryMs / 1000).toFixed(1)} s`);
  if (failures.length === 0) line("passed", "");
  for (const failure of failures) line("FAILED", failure);
}

function latencyOf({ count, p50, p99 }: Percentiles): string {
  return `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms of ${count}`;
}
