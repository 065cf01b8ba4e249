/** How long and how often is measured. */
export interface Effort {
  readonly rounds: number;
  /** The same for the set-up of a call, on which most figures rest. */
  readonly callRounds: number;
  /** What one measurement of calls takes, in seconds. */
  readonly seconds: number;
  readonly idlePeers: number;
  /** How many peers lose their WebSockets at once. */
  readonly crowd: number;
  /** How many idle peers stand beside the calls, from few to many. */
  readonly growth: readonly number[];
}

/** A table of results, with what has to be said about it. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What one part found: tables, and figures by name for the ratios. */
export interface Findings {
  readonly sections: readonly Section[];
  readonly figures: Readonly<Record<string, number>>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const rounded = (value: number, digits = 0): string => value.toFixed(digits);
