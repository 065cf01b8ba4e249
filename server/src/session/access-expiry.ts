import type { Grants } from "../admission/grants.ts";
import type { Timer, Timers } from "../time/timers.ts";

/** What happens with the access token of a session. */
export interface ExpiryEvents {
  /** It expires in so many milliseconds. */
  expiring(inMs: number): void;
  expired(): void;
}

/** A client that presents the same token again and again is not warned more and more often. */
const leastNoticeMs = 1000;

/** Watches the access token of one session: announces that it will expire, and that it has. */
export class AccessExpiry {
  readonly #timers: Timers;
  readonly #warningMs: number;
  readonly #events: ExpiryEvents;
  #timer: Timer | undefined;

  /** @param warningMs how long before the end it is announced; half of the time that is left, if that is less. */
  constructor(timers: Timers, warningMs: number, events: ExpiryEvents) {
    this.#timers = timers;
    this.#warningMs = warningMs;
    this.#events = events;
  }

  /** Watches these grants instead of the previous ones. */
  watch({ expiresAt }: Grants): void {
    this.stop();
    if (expiresAt === undefined) return;
    const leftMs = Math.max(0, expiresAt - this.#timers.wallTime());
    const noticeMs = Math.min(this.#warningMs, leftMs / 2);
    const expired = () => this.#events.expired();
    if (noticeMs < leastNoticeMs) {
      this.#timer = this.#timers.after(leftMs, expired);
      return;
    }
    this.#timer = this.#timers.after(leftMs - noticeMs, () => {
      this.#timer = this.#timers.after(noticeMs, expired);
      this.#events.expiring(noticeMs);
    });
  }

  stop(): void {
    this.#timers.cancel(this.#timer);
    this.#timer = undefined;
  }
}
