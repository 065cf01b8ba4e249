import type { Observation } from "./honest-couple.ts";

/** What the harness orders of the process of the honest couples. */
export type Order =
  /** Join, a couple at each address. */
  | { readonly order: "meet"; readonly urls: readonly string[] }
  /** Send from now on, and observe. */
  | { readonly order: "begin" }
  /** Send no more, and report what was observed. */
  | { readonly order: "end" };

/** Its answer: an observation for each couple, in the order of the addresses. */
export type Report =
  | { readonly report: "done"; readonly observations: readonly Observation[] }
  | { readonly report: "failed"; readonly message: string };
