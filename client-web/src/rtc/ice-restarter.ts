import type { Clock } from "../clock.ts";

/** How long a connection may be "disconnected" before a restart, in milliseconds: it often mends itself. */
const disconnectedMs = 5_000;
/** How much later the polite side restarts, in milliseconds, so that the two do not do it at once. */
const politeMs = 1_500;
/** The first wait between two restarts, in milliseconds; it doubles each time. */
const firstWaitMs = 4_000;
/** The longest wait between two restarts, in milliseconds. */
const maxWaitMs = 60_000;

/** Within how many milliseconds two restarts are taken for one. */
const togetherMs = 1_000;

/** Decides when ICE is restarted (RFC 8839 section 4.4.1.1.1): on failure, with growing waits. */
export class IceRestarter {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #restart: () => void;
  #restarts = 0;
  #restartedAt = Number.NEGATIVE_INFINITY;
  #stop: (() => void) | undefined;

  constructor(clock: Clock, polite: boolean, restart: () => void) {
    this.#clock = clock;
    this.#delayMs = polite ? politeMs : 0;
    this.#restart = restart;
  }

  /** Takes a new `iceConnectionState`. */
  state(state: RTCIceConnectionState): void {
    switch (state) {
      case "connected":
      case "completed":
        this.#restarts = 0;
        return this.stop();
      case "failed":
        return this.#restartAfter(this.#delayMs);
      case "disconnected":
        return this.#restartAfter(disconnectedMs + this.#delayMs);
      default:
    }
  }

  /** The peer asks for a restart. Two that arrive together, or just after one of this side, are one. */
  requested(): void {
    if (this.#clock.now() - this.#restartedAt < togetherMs) return;
    this.#restartedAt = this.#clock.now();
    this.#restart();
  }

  /** Signals reach the peer again: what was tried without them does not count. */
  retry(state: RTCIceConnectionState): void {
    this.#restarts = 0;
    if (state === "failed" || state === "disconnected") this.#restartAfter(this.#delayMs);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #restartAfter(delayMs: number): void {
    this.stop();
    const rest = this.#restarts === 0 ? 0 : Math.min(maxWaitMs, firstWaitMs * 2 ** (this.#restarts - 1));
    const earliest = this.#restartedAt + rest - this.#clock.now();
    this.#stop = this.#clock.after(Math.max(delayMs, earliest, 0), () => {
      this.#restarts++;
      this.#restartedAt = this.#clock.now();
      this.#restart();
      // If the restart leads to nothing, the state may not change any more.
      this.#restartAfter(maxWaitMs / 4);
    });
  }
}
