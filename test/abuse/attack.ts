import type { Target } from "./target.ts";

/** How hard an attack hits: the whole of it, or enough to notice a regression. */
export type Scale = "full" | "short";

/** What a node keeps its rooms in. */
export type Engine = "memory" | "redis";

/** One way to harm a node, and what it may cost at most. */
export interface Attack {
  /** What `--only` selects. */
  readonly id: string;
  readonly name: string;
  /** What the node keeps its rooms in; the attack is run once for each. Default: in memory. */
  readonly engines?: readonly Engine[];
  /** Flags of the node's command line. */
  readonly flags?: readonly string[];
  /** Whether the node requires access tokens. The honest peers have some. Default false. */
  readonly access?: boolean;
  /** Whether the node speaks TLS. Default false. */
  readonly tls?: boolean;
  /** The node's limit of open files (`ulimit -n`). Default: that of this process. */
  readonly openFiles?: number;
  /**
   * How far the node's resident memory may rise above its level before the attack, in MB. Under a flood much of it is
   * garbage that V8 collects late: a join over JSON makes 50 KB of it.
   */
  readonly growthMb: number;
  /** How many descriptors the node may hold during the attack beyond those it held before. */
  readonly descriptors: number;
  /** Whether this attack may keep honest peers waiting. Default false. */
  readonly mayDelay?: boolean;
  /** How long the node may take to return to its state before the attack, in milliseconds. Default 10 s. */
  readonly recoveryMs?: number;
  /**
   * Attacks. Returns what happened, for people; throws if the attack did not take place, or if the node did not
   * answer it as it should.
   */
  run(target: Target, scale: Scale): Promise<string>;
}
