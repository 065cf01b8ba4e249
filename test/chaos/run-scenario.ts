import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../kit/until.ts";
import { WallClock } from "../time/wall-clock.ts";
import { planCompany } from "./company.ts";
import { Drama, type Scenario } from "./drama.ts";
import { HistoryFile } from "./history/history-file.ts";
import type { ClientLine } from "./history/line.ts";
import { Latency, type Percentiles } from "./latency.ts";
import { Oracle, type Verdict } from "./oracle.ts";
import type { PeerEvent } from "./peer-event.ts";
import { PeerProcess } from "./peer-process.ts";
import type { Profile } from "./profile.ts";
import { randomFrom } from "./random.ts";
import { Stage } from "./stage.ts";

/** How long after the resume window the others may hear of a death, in milliseconds. */
const departureMs = 5000;
/** After what time a peer is reported that died together with its node: the lease of the node and its grace. */
const deadNodeMs = 20_000;
/** How long signals that are under way may take to be settled after the calls have ended, in milliseconds. */
const settleMs = 40_000;
/** How many findings of the second oracle are printed. */
const findingsAtMost = 8;

/** What came out of a scenario. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly verdict: Verdict;
  readonly faults: number;
  readonly notes: readonly string[];
  /** From sender to recipient, before the fault. */
  readonly before: Percentiles;
  /** During the fault: of all, and of those whom it did not touch. */
  readonly during: Percentiles;
  readonly others: Percentiles;
  /** From the deaths of peers until each of the others knew, in milliseconds. */
  readonly departures: readonly number[];
  /** What does not hold. Empty if all is well. */
  readonly failures: readonly string[];
  /** Whether the oracles found the promise kept, whatever took too long. */
  readonly promiseKept: boolean;
  readonly took: Durations;
}

/** Where the time of a scenario went, in milliseconds. */
export interface Durations {
  /** Until everything was there and everybody had joined. */
  readonly starting: number;
  /** Calls without a fault. */
  readonly calm: number;
  readonly fault: number;
  /** From the last call until the books could be closed: the deaths of peers are reported when their windows end. */
  readonly settling: number;
}

/**
 * Plays one scenario from its own start to its own end. Ends all that it has started, also when it fails.
 *
 * @param quiet is called when the peers begin nothing more, and only what is under way is waited for.
 */
export async function runScenario(
  scenario: Scenario,
  profile: Profile,
  seed: number,
  abort: AbortSignal,
  quiet: () => void,
): Promise<Outcome> {
  const began = Date.now();
  const company = planCompany(profile.peers, scenario.dooms);
  const ways = new Map([...company.staying.flat(), ...company.doomed].map(({ name, way }) => [name, way]));
  const devices = [...ways].filter(([, way]) => way === "MQTT").map(([name]) => name);
  const oracle = new Oracle();
  // A batch that is a request of its own may go by any node.
  const latency = new Latency((peer) => !["web", "REST"].includes(ways.get(peer) ?? ""));
  let drama: Drama | undefined;
  const record = (event: PeerEvent) => {
    oracle.take(event);
    latency.take(event);
    drama?.take(event);
  };
  await using parts = new AsyncDisposableStack();
  const rooms = Object.fromEntries(
    [...company.staying.flat(), ...company.doomed].map(({ name, room }) => [name, room]),
  );
  const history = parts.use(
    new HistoryFile(join(tmpdir(), `parley-chaos-${scenario.id}-${seed}-${process.pid}.jsonl`), {
      ...{ t: began, e: "start", rooms },
      windowMs: profile.resumeWindowMs,
      mayLose: scenario.mayTell ?? false,
    }),
  );
  const write = (line: ClientLine) => history.write(line);
  // Ended before the nodes, and begun before them, since they take as long to begin.
  await using processes = new AsyncDisposableStack();
  const staying = company.staying.map((peers) => processes.use(new PeerProcess(peers, record, write)));
  const doomed = processes.use(new PeerProcess(company.doomed, record, write));
  const storage = await scenario.storage?.();
  const clock = scenario.ownClock ? await WallClock.open() : undefined;
  const stage = parts.use(
    await Stage.start(profile, scenario.nodes, storage, clock, (node, span) => latency.nodeFault(node, span)),
  );
  const all = [...staying, doomed];
  const doom = async () => {
    const at = Date.now();
    await doomed.kill();
    oracle.died(doomed.names, at);
    for (const name of doomed.names) write({ t: at, at: name, e: "die" });
    return doomed.names;
  };
  const play = async (): Promise<Outcome> => {
    const failures: string[] = [];
    const random = randomFrom(seed);
    drama = new Drama({ stage, profile, random, doom, devices });
    const { pauseMs } = profile;
    const { impatient = false } = scenario;
    const addresses = { url: stage.url, broker: stage.devices.broker.url };
    const orderOf = (index: number) => ({ ...addresses, pauseMs, seed: seed + index, impatient });
    await Promise.all(all.map((peers, index) => peers.join(orderOf(index))));
    await Promise.all(all.map((peers) => peers.begin()));
    const begun = Date.now();
    // The first calls begin one after the other.
    await pause(profile.pauseMs);
    const calm = { from: Date.now(), to: Date.now() + profile.calmMs };
    await pause(profile.calmMs);
    const faulty = { from: Date.now(), to: 0 };
    await scenario.run(drama).catch((error: unknown) => failures.push(messageOf(error)));
    faulty.to = Date.now();
    await Promise.all(staying.map((peers) => peers.quiet()));
    quiet();
    const expected = scenario.dooms ? company.doomed.length * 2 : 0;
    const settled = async () => oracle.outstanding === 0 && oracle.departures().length >= expected;
    await until(settled, "everything to be settled", settleMs + profile.resumeWindowMs).catch(() =>
      failures.push(`${oracle.outstanding} signals were not settled in time`),
    );
    const settlingMs = Date.now() - faulty.to;
    // What comes twice comes late.
    await pause(1000);
    const verdict = oracle.verdict();
    const departures = oracle.departures();
    const before = latency.all(calm);
    const others = latency.others(faulty);
    const broken = [...brokenPromises(scenario, verdict), ...(await judgeHistory(history, random))];
    failures.push(...broken);
    if (departures.length < expected)
      failures.push(`${expected - departures.length} deaths were not reported`);
    const slowest = Math.max(0, ...departures);
    const hiddenMs = scenario.hidesDeathsMs?.(profile) ?? 0;
    if (slowest > hiddenMs + Math.max(profile.resumeWindowMs, deadNodeMs) + departureMs)
      failures.push(`a death was reported after ${slowest} ms`);
    for (const { quantile, anywayMs } of profile.unharmed) {
      const bound = Math.max(before[quantile] * scenario.slower, anywayMs);
      if (others[quantile] > bound)
        failures.push(`the others were slowed down to ${quantile} ${others[quantile]} ms, over ${bound} ms`);
    }
    if (Number.isFinite(scenario.slower) && others.count === 0)
      failures.push("no signal was between peers that the fault did not touch");
    if (drama.faults === 0) failures.push("there was no fault");
    if (before.count === 0) failures.push("nobody called before the fault");
    const during = latency.all(faulty);
    const { faults, notes } = drama;
    notes.push(`all was settled ${(settlingMs / 1000).toFixed(1)} s later`);
    const took = {
      starting: begun - began,
      calm: faulty.from - begun,
      fault: faulty.to - faulty.from,
      settling: Date.now() - faulty.to,
    };
    const findings = { verdict, failures, promiseKept: broken.length === 0 };
    return { scenario, seed, faults, notes, before, during, others, departures, took, ...findings };
  };
  // Awaited here, so that nothing is ended before it.
  return await Promise.race([play(), abortedBy(abort)]);
}

/** Which counts are not what they have to be. */
function brokenPromises({ mayTell = false }: Scenario, verdict: Verdict): string[] {
  const { lost, duplicated, disordered, unanswered, unfounded, broken } = verdict;
  const { resets, rejected, wronglyLeft } = verdict;
  const never = { lost, duplicated, disordered, unanswered, unfounded, broken };
  const unlessTold = mayTell ? {} : { resets, rejected, wronglyLeft };
  return Object.entries({ ...never, ...unlessTold })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name}: ${count}`);
}

/** What the second oracle finds. */
async function judgeHistory(history: HistoryFile, random: () => number): Promise<string[]> {
  const findings = await history.judge(random);
  const first = findings.slice(0, findingsAtMost);
  return findings.length === 0 ? [] : [`${findings.length} findings in ${history.path}`, ...first];
}

function abortedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const give = () => reject(new Error("interrupted"));
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
