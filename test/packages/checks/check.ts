import type { Browser } from "playwright-core";
import type { Workshop } from "../workshop.ts";

/** What a check has at hand. */
export interface Bench {
  readonly workshop: Workshop;
  readonly browser: Browser;
  /** The address of the server that was started from its tarball. */
  readonly serviceUrl: string;
}

/** One promise about the packages. Throws what is wrong. */
export interface Check {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}
