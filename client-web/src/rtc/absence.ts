import type { Clock } from "../clock.ts";

/** How long a peer whose connection has failed may have no session before its link ends, in milliseconds. */
const absenceMs = 30_000;

/** Ends a link whose peer has had no session for a while and whose connection has failed, and no other. */
export class Absence {
  readonly #clock: Clock;
  readonly #end: () => void;
  #stop: (() => void) | undefined;
  #long = false;
  #failed = false;

  constructor(clock: Clock, end: () => void) {
    this.#clock = clock;
    this.#end = end;
  }

  /** The peer has no session from now on. */
  begin(): void {
    this.#stop ??= this.#clock.after(absenceMs, () => {
      this.#long = true;
      this.#judge();
    });
  }

  /** The peer has a session again, or the link is over. */
  over(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#long = false;
  }

  state(state: RTCPeerConnectionState): void {
    this.#failed = state === "failed" || state === "closed";
    this.#judge();
  }

  #judge(): void {
    if (this.#long && this.#failed) this.#end();
  }
}
