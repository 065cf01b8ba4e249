/** How slow some of the others' signals may be: not slower than before the fault, or than this anyway. */
export interface Bound {
  readonly quantile: "p50" | "p95" | "p99";
  readonly anywayMs: number;
}

/** How large a run is, and how long. Times in milliseconds. */
export interface Profile {
  readonly name: "long" | "short";
  /** Scenarios at once: one is played, and the others wait, with quiet peers, until their books can be closed. */
  readonly atOnce: number;
  readonly peers: number;
  /** From one call of a peer to the next, on average. */
  readonly pauseMs: number;
  /** How long calls go well before the fault. */
  readonly calmMs: number;
  readonly heartbeatMs: number;
  readonly resumeWindowMs: number;
  /** How long nodes are killed, and how often one. */
  readonly killingMs: number;
  readonly killEveryMs: number;
  /** How long a node sleeps at least, and in any case until the others take it for dead. */
  readonly sleepMs: number;
  /** How long it goes on, once it has woken and knows, beside its old streams. */
  readonly awakeMs: number;
  /** How long Redis is away. */
  readonly redisAwayMs: number;
  /** How long calls go on once Redis is back. */
  readonly afterwardsMs: number;
  /** How long the connections of clients are cut, once a second. */
  readonly cuttingMs: number;
  /** How long readers do not read at least, and in any case until a mailbox is full. */
  readonly slowReadersMs: number;
  /** How long a node that is stopped waits for its clients. */
  readonly drainMs: number;
  /** From the start of a node that was stopped to the stop of the next. */
  readonly betweenStopsMs: number;
  /** By what the others are held to their latency before the fault. */
  readonly unharmed: readonly Bound[];
}

export const long: Profile = {
  name: "long",
  atOnce: 2,
  peers: 300,
  pauseMs: 6000,
  calmMs: 15_000,
  heartbeatMs: 5000,
  resumeWindowMs: 30_000,
  killingMs: 120_000,
  killEveryMs: 5000,
  sleepMs: 30_000,
  awakeMs: 10_000,
  redisAwayMs: 10_000,
  afterwardsMs: 4000,
  cuttingMs: 60_000,
  slowReadersMs: 30_000,
  drainMs: 5000,
  betweenStopsMs: 2000,
  unharmed: [{ quantile: "p99", anywayMs: 250 }],
};

export const short: Profile = {
  name: "short",
  atOnce: 3,
  peers: 60,
  pauseMs: 1500,
  calmMs: 2500,
  heartbeatMs: 2000,
  resumeWindowMs: 15_000,
  killingMs: 9000,
  killEveryMs: 3000,
  sleepMs: 5000,
  awakeMs: 2000,
  redisAwayMs: 4000,
  afterwardsMs: 2000,
  cuttingMs: 6000,
  slowReadersMs: 4000,
  drainMs: 2000,
  betweenStopsMs: 1000,
  // In so short a time a 99th percentile is a handful of signals, and whatever else the machine does for a moment
  // decides on it. A node that waits for one reader holds the others up for seconds, until it gives that one up.
  // What slows down all of them, and for less than that, moves the median, which no moment of the machine does.
  unharmed: [
    { quantile: "p50", anywayMs: 100 },
    { quantile: "p95", anywayMs: 1000 },
  ],
};

/** The flags of a node. */
export function flagsOf({ heartbeatMs, resumeWindowMs, drainMs }: Profile): readonly string[] {
  const settings = { heartbeat: heartbeatMs, "resume-window": resumeWindowMs, drain: drainMs };
  return Object.entries(settings).flatMap(([name, ms]) => [`--${name}`, `${ms / 1000}`]);
}
