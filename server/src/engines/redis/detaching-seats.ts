import type { Clock } from "../../time/clock.ts";
import { RedisUnavailableError } from "./redis-link.ts";
import type { AttachmentAddress } from "./session-address.ts";

/** How long to wait before a seat is given back again whose first try failed, in milliseconds. */
const retryMs = 1000;

type Attachment = Pick<AttachmentAddress, "sessionId" | "epoch">;

/** The seats whose streams have gone, until Redis has taken them back. */
export class DetachingSeats {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #seats = new Set<Attachment>();
  readonly #detaching = new Set<Promise<void>>();
  /** Seats that are to be given back once their last signals are stored, which may wait for room in a mailbox. */
  readonly #settling = new Set<Promise<void>>();

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Whether Redis is asked to take one back. */
  get underWay(): boolean {
    return this.#detaching.size > 0;
  }

  has({ sessionId, epoch }: Attachment): boolean {
    for (const seat of this.#seats) if (seat.sessionId === sessionId && seat.epoch === epoch) return true;
    return false;
  }

  /** A seat is to be given back when this has come. */
  settling(seat: Attachment, done: Promise<void>): void {
    this.#seats.add(seat);
    const watched = done.finally(() => this.#settling.delete(watched));
    this.#settling.add(watched);
  }

  /** Gives a seat back, again and again until Redis has taken it: nobody else would look after its session. */
  giveBack(seat: Attachment, detach: () => Promise<void>): void {
    const watched = this.#untilDone(detach)
      .catch(this.#onError)
      .finally(() => {
        this.#detaching.delete(watched);
        this.#seats.delete(seat);
      });
    this.#detaching.add(watched);
    this.#seats.add(seat);
  }

  /** Resolves when none is left. */
  async allDetached(): Promise<void> {
    // A seat that still has signals under way is given back after them.
    while (this.#detaching.size + this.#settling.size > 0) {
      await Promise.all([...this.#detaching, ...this.#settling]);
    }
  }

  async #untilDone(attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof RedisUnavailableError) throw error;
        this.#onError(error);
      }
      await new Promise<void>((resolve) => this.#clock.after(retryMs, resolve));
    }
  }
}
