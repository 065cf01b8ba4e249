import { setTimeout as pause } from "node:timers/promises";
import { Issuer } from "../access/issuer.ts";
import { until } from "../kit/until.ts";
import { within } from "../kit/within.ts";
import { RedisServer } from "../redis/redis-server.ts";
import type { Attack, Engine, Scale } from "./attack.ts";
import { Gauge } from "./gauge.ts";
import { honestTokens } from "./honest-couple.ts";
import { type Experience, HonestProcess } from "./honest-process.ts";
import { ProcessMemory } from "./process-memory.ts";
import { type Level, NodeDied, type Settled, Target } from "./target.ts";
import { TrustedIdentity } from "./trusted-identity.ts";

/** How long a signal between honest peers may take at most, in milliseconds. */
const stated = { p50: 10, p99: 50 } as const;
/** How much longer than at a node that is not attacked the median may be, if that is more. */
const busyFactor = 4;
/** How many signals a 99th percentile needs: of a hundred it is the slowest one, which says nothing about the attack. */
const leastForP99 = 400;
/** How long the couples send before the attack and after it, in milliseconds. */
const calmMs = 500;
/** How long one attack may take, in milliseconds. */
const attackMs = 100_000;
/**
 * How many more descriptors than before it may hold then: an honest page has a connection or two more or less, as it
 * sends.
 */
const leftoverDescriptors = 4;
/** How much more memory than before it may hold then, in MB: code that ran for the first time, and what it caches. */
const leftoverMb = 8;
/** How much more memory than before it may hold at the end of the attack, in MB: garbage is not held. */
const heldAtMostMb = 50;
/** How much a node may print during one attack, in bytes: a log must not fill a disk. */
const outputBytes = 65_536;

export interface Outcome {
  readonly attack: Attack;
  /** What the attack did, for people. */
  readonly note: string;
  /** What the honest couples observed; undefined if the attack failed. */
  readonly experience: Experience | undefined;
  readonly before: Settled;
  readonly peak: Level;
  /** When the attack has just ended. */
  readonly atEnd: Settled;
  readonly after: Settled;
  readonly recoveryMs: number;
  /** Which promises were broken; empty if all was well. */
  readonly failures: readonly string[];
}

/** Attacks a node beside honest peers, and checks what became of both. Throws if the node dies. */
export async function runAttack(attack: Attack, engine: Engine, scale: Scale): Promise<Outcome> {
  await using redis = engine === "redis" ? await RedisServer.start() : undefined;
  using identity = attack.tls === true ? new TrustedIdentity() : undefined;
  using issuer = attack.access === true ? new Issuer() : undefined;
  const flags = [...(attack.flags ?? []), ...(identity?.flags ?? []), ...(issuer?.flags ?? [])];
  const own = redis === undefined ? flags : [...flags, "--redis-url", redis.url];
  await using target = await Target.start(own, attack.openFiles);
  await using control = await Target.start(flags);
  await using couples = await HonestProcess.start([target.url, control.url], {
    ...identity?.env,
    ...(issuer && { [honestTokens]: JSON.stringify(await tokensOf(issuer)) }),
  });
  const calm = () => couples.observe(() => pause(calmMs));
  await calm();
  const before = await settledLevel(target);
  const printed = target.output.length;
  const failures: string[] = [];

  using peak = new Gauge(target);
  using storage = redis?.pid === undefined ? undefined : new ProcessMemory(redis.pid);
  let note = "";
  const attacking = async () => {
    note = await within(attackMs, "the attack to end", Promise.race([attack.run(target, scale), peak.died]));
  };
  const experience = await observed(couples.observe(attacking), failures);
  const atEnd = await target.settle();
  const { after, recoveryMs } = await recover(attack, target, before, failures);
  await observed(calm(), failures);

  failures.push(...growth(attack, before, peak, atEnd));
  if (storage !== undefined && storage.grownMb > attack.growthMb) {
    failures.push(`the memory of Redis grew by ${storage.grownMb} MB; the limit is ${attack.growthMb}`);
  }
  if (experience !== undefined && attack.mayDelay !== true) failures.push(...delays(experience));
  const bytes = target.output.length - printed;
  if (bytes > outputBytes) failures.push(`the node printed ${bytes} bytes`);
  return { attack, note, experience, before, peak, atEnd, after, recoveryMs, failures };
}

/** Access tokens of the honest peers, by their names. */
async function tokensOf(issuer: Issuer): Promise<Record<string, string>> {
  const tokenOf = (sub: string) => issuer.issue({ claims: { sub, parley: { rooms: ["honest"] } } });
  return { ada: await tokenOf("ada"), grace: await tokenOf("grace") };
}

/** Adds what the couples complain of to the failures. */
async function observed(
  experience: Promise<Experience>,
  failures: string[],
): Promise<Experience | undefined> {
  try {
    const observed = await experience;
    failures.push(...observed.troubles);
    return observed;
  } catch (error) {
    if (error instanceof NodeDied) throw error;
    failures.push(messageOf(error));
    return undefined;
  }
}

/** The node's level once it has nothing left to collect: the same in two readings. */
async function settledLevel(target: Target): Promise<Settled> {
  let level = await target.settle();
  const isSteady = async () => {
    const last = level;
    await pause(200);
    level = await target.settle();
    return Math.abs(level.residentMb - last.residentMb) < 1;
  };
  await until(isSteady, "the node's memory to settle", 10_000);
  return level;
}

/** Waits until the node holds no more than before, and takes new sessions. */
async function recover(attack: Attack, target: Target, before: Settled, failures: string[]) {
  const { recoveryMs: patienceMs = 10_000 } = attack;
  const began = Date.now();
  const isBack = ({ heldMb, descriptors }: Settled) =>
    heldMb <= before.heldMb + leftoverMb && descriptors <= before.descriptors + leftoverDescriptors;
  let after = await target.settle();
  while (!isBack(after)) {
    if (Date.now() - began > patienceMs) {
      failures.push(
        `after ${patienceMs / 1000} s the node still holds ${holdings(after)}; before ${holdings(before)}`,
      );
      break;
    }
    await pause(100);
    after = await target.settle();
  }
  const recoveryMs = Date.now() - began;
  const ready = async () => (await fetch(`${target.url}/readyz`)).ok;
  await until(ready, "the node to be ready", 2000).catch((error: unknown) => failures.push(messageOf(error)));
  return { after, recoveryMs };
}

function* growth(attack: Attack, before: Settled, peak: Level, atEnd: Settled): Generator<string> {
  const grownMb = Math.round(peak.residentMb - before.residentMb);
  if (grownMb > attack.growthMb) yield `memory grew by ${grownMb} MB; the limit is ${attack.growthMb}`;
  const heldMb = Math.round(atEnd.heldMb - before.heldMb);
  if (heldMb > heldAtMostMb) yield `it made the node hold ${heldMb} MB; the limit is ${heldAtMostMb}`;
  const opened = peak.descriptors - before.descriptors;
  if (opened > attack.descriptors)
    yield `${opened} descriptors were opened; the limit is ${attack.descriptors}`;
}

/**
 * On a busy machine peers wait at any node. Then the median may be `busyFactor` times that of the other node, and the
 * slowest signals say nothing about the attack: they are not judged if even the other node is beyond what is stated.
 */
function* delays({ attacked, control }: Experience): Generator<string> {
  if (attacked.count === 0) yield "the honest peers received nothing";
  const median = Math.max(stated.p50, busyFactor * control.p50);
  if (attacked.p50 > median) yield slower("p50", attacked, median);
  if (attacked.count < leastForP99) return;
  if (control.p99 <= stated.p99 && attacked.p99 > stated.p99) yield slower("p99", attacked, stated.p99);
}

function slower(quantile: "p50" | "p99", attacked: Experience["attacked"], limit: number): string {
  const found = attacked[quantile].toFixed(1);
  return `the honest peers waited ${quantile} ${found} ms; the limit is ${limit.toFixed(1)}`;
}

function holdings({ heldMb, descriptors }: Settled): string {
  return `${descriptors} descriptors and ${heldMb.toFixed(1)} MB`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
