import type { Clock } from "./clock.ts";

/** How long a connection may be "disconnected" before a restart, in milliseconds: it often mends itself. */
const disconnectedMs = 5_000;
/** How long a described connection may not even begin, in milliseconds: candidates take their way. */
const unbegunMs = 5_000;
/** How much later the polite side restarts, in milliseconds, so that the two do not do it at once. */
const politeMs = 1_500;
/** The first wait between two restarts, in milliseconds; it doubles each time. */
const firstWaitMs = 4_000;
/** The longest wait between two restarts, in milliseconds. */
const maxWaitMs = 60_000;

/**
 * Decides when ICE is restarted (RFC 8839 section 4.4.1.1.1), with growing waits: on failure, and where nothing
 * begins, of which no state tells.
 */
export class IceRestarter {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #restart: () => void;
  #restarts = 0;
  #restartedAt = Number.NEGATIVE_INFINITY;
  #stop: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(clock: Clock, polite: boolean, restart: () => void) {
    this.#clock = clock;
    this.#delayMs = polite ? politeMs : 0;
    this.#restart = restart;
  }

  /**
   * Both sides are described, and ICE is still "new". Chromium 156 sometimes finds no candidate at all for an
   * answer that follows on a rollback: it keeps gathering, and the connection stays "new" on both sides.
   */
  described(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = this.#clock.after(unbegunMs + this.#delayMs, () => this.#restartAfter(0));
  }

  /** Takes a new `iceConnectionState`. */
  state(state: RTCIceConnectionState): void {
    if (state !== "new") this.#begun();
    switch (state) {
      case "connected":
      case "completed":
        this.#restarts = 0;
        return this.#cancel();
      case "failed":
        return this.#restartAfter(this.#delayMs);
      case "disconnected":
        return this.#restartAfter(disconnectedMs + this.#delayMs);
      default:
    }
  }

  stop(): void {
    this.#begun();
    this.#cancel();
  }

  #begun(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  #cancel(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #restartAfter(delayMs: number): void {
    this.#cancel();
    const rest = this.#restarts === 0 ? 0 : Math.min(maxWaitMs, firstWaitMs * 2 ** (this.#restarts - 1));
    const earliest = this.#restartedAt + rest - this.#clock.now();
    this.#stop = this.#clock.after(Math.max(delayMs, earliest, 0), () => {
      this.#restarts++;
      this.#restartedAt = this.#clock.now();
      this.#restart();
      // Where the restart leads to nothing, the state may not change any more.
      this.#restartAfter(maxWaitMs / 4);
    });
  }
}
