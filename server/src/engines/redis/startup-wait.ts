import { ErrorReply } from "redis";
import type { Clock } from "../../time/clock.ts";
import type { RedisAddress } from "./redis-url.ts";
import { refusalOf } from "./refusal.ts";
import { UnsuitableRedisError } from "./unsuitable-redis-error.ts";

/** How long Redis may take to answer for the first time, in milliseconds. */
const startMs = 10_000;

/** The wait of a node that starts for the first answer of Redis. It ends at once if there is no prospect of one. */
export class StartupWait {
  readonly #address: RedisAddress;
  readonly #clock: Clock;
  readonly #vain = Promise.withResolvers<never>();
  #trouble: unknown;

  constructor(address: RedisAddress, clock: Clock) {
    this.#address = address;
    this.#clock = clock;
    // Nobody may be waiting.
    this.#vain.promise.catch(() => {});
  }

  /** Something went wrong between this node and Redis. */
  note(error: unknown): void {
    this.#trouble = error;
    const refusal = refusalOf(error);
    // One of several servers may be wrong, and another right.
    if (refusal !== undefined && this.#address.kind === "single") this.#giveUp(refusal);
  }

  /** Waits until this node is there. Rejects with what prevents it, in words for people. */
  async of(open: () => Promise<void>): Promise<void> {
    const cancel = this.#clock.after(startMs, () => {
      const seconds = startMs / 1000;
      if (this.#trouble instanceof ErrorReply) {
        return this.#giveUp(`Redis has refused for ${seconds} s what a node needs${this.#why()}`);
      }
      const way = this.#address.tls ? "over TLS" : "without TLS";
      this.#giveUp(`Redis did not answer ${way} within ${seconds} s${this.#why()}`);
    });
    try {
      await Promise.race([open(), this.#vain.promise]);
    } catch (error) {
      if (error instanceof UnsuitableRedisError || error instanceof ErrorReply) throw error;
      // The client of clusters gives up without a reason.
      throw new UnsuitableRedisError(`Redis cannot be reached${this.#why()}`, { cause: error });
    } finally {
      cancel();
    }
  }

  #giveUp(reason: string): void {
    this.#vain.reject(new UnsuitableRedisError(reason, { cause: this.#trouble }));
  }

  /** What went wrong last, as the end of a message. */
  #why(): string {
    const text = refusalOf(this.#trouble) ?? (this.#trouble instanceof Error ? this.#trouble.message : "");
    return text === "" ? "" : `: ${text}`;
  }
}
