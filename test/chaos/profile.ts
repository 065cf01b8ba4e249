/** How large a run is, and how long. Times in milliseconds. */
export interface Profile {
  readonly name: "long" | "short";
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
  /** How long a node sleeps. Longer than the lease of a node, which is 15 s. */
  readonly sleepMs: number;
  /** How long Redis is away. */
  readonly redisAwayMs: number;
  /** How long the connections of clients are cut, once a second. */
  readonly cuttingMs: number;
  /** How long readers do not read. */
  readonly slowReadersMs: number;
}

export const long: Profile = {
  name: "long",
  peers: 300,
  pauseMs: 6000,
  calmMs: 15_000,
  heartbeatMs: 5000,
  resumeWindowMs: 30_000,
  killingMs: 120_000,
  killEveryMs: 5000,
  sleepMs: 30_000,
  redisAwayMs: 10_000,
  cuttingMs: 60_000,
  slowReadersMs: 30_000,
};

export const short: Profile = {
  name: "short",
  peers: 60,
  pauseMs: 2000,
  calmMs: 4000,
  heartbeatMs: 2000,
  resumeWindowMs: 15_000,
  killingMs: 15_000,
  killEveryMs: 5000,
  sleepMs: 18_000,
  redisAwayMs: 4000,
  cuttingMs: 10_000,
  slowReadersMs: 8000,
};

/** The flags of a node. */
export function flagsOf({ heartbeatMs, resumeWindowMs }: Profile): readonly string[] {
  return ["--heartbeat", `${heartbeatMs / 1000}`, "--resume-window", `${resumeWindowMs / 1000}`];
}
