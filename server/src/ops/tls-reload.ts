import type { Clock } from "../time/clock.ts";
import type { Logger } from "./logger.ts";

export interface TlsReloadOptions<Identity> {
  /** Reads the files. Throws if they cannot be used. */
  readonly read: () => Identity | undefined;
  /** Takes what has changed. */
  readonly use: (identity: Identity) => void;
  readonly clock: Clock;
  /** How often to look, in milliseconds. */
  readonly everyMs: number;
  readonly logger: Logger;
}

/** Looks from time to time whether the certificate was renewed. What cannot be used changes nothing. */
export class TlsReload<Identity> {
  readonly #options: TlsReloadOptions<Identity>;
  #known: string;
  /** The newest fault, so that the same one is logged once. */
  #fault = "";
  #stop: (() => void) | undefined;

  constructor(options: TlsReloadOptions<Identity>, current: Identity) {
    this.#options = options;
    this.#known = JSON.stringify(current);
  }

  start(): void {
    this.#stop = this.#options.clock.after(this.#options.everyMs, () => {
      this.start();
      this.look();
    });
  }

  stop(): void {
    this.#stop?.();
  }

  look(): void {
    const { read, use, logger } = this.#options;
    try {
      const identity = read();
      this.#fault = "";
      if (identity === undefined || JSON.stringify(identity) === this.#known) return;
      this.#known = JSON.stringify(identity);
      use(identity);
      logger.info({}, "the certificate was renewed");
    } catch (error) {
      const fault = String(error);
      if (fault === this.#fault) return;
      this.#fault = fault;
      logger.error({ err: error }, "the renewed certificate cannot be used: the old one stays");
    }
  }
}
