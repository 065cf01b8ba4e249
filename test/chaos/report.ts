import { writeFile } from "node:fs/promises";
import { signalsOfACall } from "./call-signals.ts";
import type { Percentiles } from "./latency.ts";
import type { Profile } from "./profile.ts";
import type { Outcome } from "./run-scenario.ts";

const page = new URL("../../docs/chaos.md", import.meta.url);

export function printOutcome(outcome: Outcome): void {
  const { scenario, verdict, faults, notes, before, during, others, departures, failures, took } = outcome;
  const { examples, ...counts } = verdict;
  const line = (name: string, text: string) => console.log(`  ${name.padEnd(10)} ${text}`);
  console.log(`\n${scenario.id}  ${scenario.name}`);
  line("faults", `${faults}${notes.length > 0 ? `: ${notes.join("; ")}` : ""}`);
  line(
    "signals",
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
  line("latency", `before ${ms(before)}; during ${ms(during)}; the others ${ms(others)}`);
  if (departures.length > 0)
    line("deaths", `reported after ${seconds(departures)} s to ${departures.length}`);
  const all = Object.values(took).reduce((sum, ms) => sum + ms, 0);
  const parts = Object.entries(took).map(([part, ms]) => `${part} ${(ms / 1000).toFixed(1)}`);
  line("took", `${(all / 1000).toFixed(1)} s: ${parts.join(", ")}`);
  if (failures.length === 0) return line("passed", "");
  for (const failure of failures) line("FAILED", failure);
  for (const example of examples) line("", example);
}

/** Writes down what came out, for people. */
export async function writePage(outcomes: readonly Outcome[], profile: Profile): Promise<void> {
  await writeFile(page, pageOf(outcomes, profile));
}

function pageOf(outcomes: readonly Outcome[], profile: Profile): string {
  const { peers, pauseMs, heartbeatMs, resumeWindowMs } = profile;
  const rate = Math.round((peers / pauseMs) * 1000);
  return `# Chaos

The last result of \`npm run chaos\`, written by it. ${peers} peers in rooms of two and three call one another all
the time, through a TCP balancer, by the project's own client: two sevenths of them over gRPC, two sevenths as web
pages do, and a seventh each over TCP, over REST, by events or by polls, and over MQTT, through mosquitto and a bridge. Each
begins a call about every ${pauseMs / 1000} s: up to ${rate} calls a second of ${signalsOfACall} signals. The
nodes, Redis and all peers shared one machine of two cores. Heartbeats came every ${heartbeatMs / 1000} s, and
the resume window was ${resumeWindowMs / 1000} s.

Every signal is written down at both ends. *Lost* is what was acknowledged and did not arrive, without notice to at
least one side; *reported* is the same with notice to both. *Wrong* is everything else that may not be: a signal
without an answer, one that nobody sent, a living peer that was reported to have left. The latencies are from
sender to recipient in milliseconds, as median / 99th percentile: of all signals before the fault, of all during
it, and of those during it whose sender and recipient it did not touch.

A second checker, which shares nothing with the harness, reads the recorded history of all clients (every send,
acknowledgement, delivery and notification) and decides on its own: nothing lost, altered, twice or out of order, no session
lost whose client was not away for longer than the window, no ghost ten seconds after it. To prove that it would find them,
errors are seeded in each history.

Where the service must not lose anything (all but FLUSHALL and the failover), *lost*, *twice*, *order*, *wrong* and
*resets* have to be 0. In each scenario but the last two some peers die for good: what was on its way to them is
*reported*. The others must hear of their death within the resume window and 5 s.

| | scenario | seed | faults | signals | lost | reported | twice | order | wrong | resets | before | during | untouched | deaths reported after, s | result |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
${outcomes.map(row).join("\n")}

${outcomes.flatMap(details).join("\n")}
`;
}

function row({
  scenario,
  seed,
  verdict,
  faults,
  before,
  during,
  others,
  departures,
  failures,
}: Outcome): string {
  const { sent, lost, told, duplicated, disordered, unanswered, unfounded, broken, resets } = verdict;
  const wrong =
    unanswered + unfounded + broken + (scenario.mayTell ? 0 : verdict.wronglyLeft + verdict.rejected);
  const cells = [
    ...[scenario.id, scenario.name, seed, faults, sent, lost, told, duplicated, disordered, wrong, resets],
    ...[short(before), short(during), Number.isFinite(scenario.slower) ? short(others) : "-"],
    departures.length > 0 ? seconds(departures) : "-",
    failures.length === 0 ? "passed" : "failed",
  ];
  return `| ${cells.join(" | ")} |`;
}

function details({ scenario, notes, failures }: Outcome): string[] {
  const all = [...notes, ...failures.map((failure) => `**${failure}**`)];
  return all.length === 0 ? [] : [`- ${scenario.id}: ${all.join("; ")}.`];
}

function ms({ count, p50, p95, p99 }: Percentiles): string {
  return `p50 ${p50}, p95 ${p95}, p99 ${p99} ms of ${count}`;
}

function short({ count, p50, p99 }: Percentiles): string {
  return count === 0 ? "-" : `${p50} / ${p99}`;
}

function seconds(departures: readonly number[]): string {
  const text = (value: number) => (value / 1000).toFixed(1);
  return `${text(Math.min(...departures))}–${text(Math.max(...departures))}`;
}
