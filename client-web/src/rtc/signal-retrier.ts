import type { Clock } from "../clock.ts";
import type { SignalBody } from "../session/signals.ts";
import { SignalingError } from "../signaling-error.ts";

/** The shortest wait before a signal that the peer had no room for is sent again, in milliseconds. */
const repeatMs = 1_000;
/** How often a signal that the peer had no room for is sent again. */
const mostRepeats = 5;
/** How many signals are kept while signals do not reach the peer. */
const heldCapacity = 256;

/** What it needs of its link. */
export interface SignalRetrierHost {
  readonly clock: Clock;
  /** The connection as it is now. */
  connection(): RTCPeerConnection;
  /** Whether signals reach the peer now. */
  reachable(): boolean;
  send(body: SignalBody): Promise<void>;
  /** A signal will not arrive. */
  failed(error: unknown): void;
}

/**
 * Sends the signals of one link, and repeats them if the peer's mailbox was full. While the peer has no session,
 * candidates and requests for a restart wait, and everything else is dropped: the link makes it again when it is of use.
 */
export class SignalRetrier {
  readonly #host: SignalRetrierHost;
  readonly #timers = new Set<() => void>();
  #held: SignalBody[] = [];
  #stopped = false;

  constructor(host: SignalRetrierHost) {
    this.#host = host;
  }

  send(body: SignalBody, times = 0): void {
    if (!this.#host.reachable()) return this.#hold(body);
    this.#host.send(body).catch((error: unknown) => {
      if (this.#stopped) return;
      // If the session is gone, so is the one it was meant for; the link hears of it on its own.
      if (!this.#host.reachable()) return this.#hold(body);
      const later =
        error instanceof SignalingError && error.retry === "later" ? error.retryAfterMs : undefined;
      if (later === undefined || times >= mostRepeats) return this.#host.failed(error);
      const stop = this.#host.clock.after(Math.max(later, repeatMs), () => {
        this.#timers.delete(stop);
        this.#repeat(body, times + 1);
      });
      this.#timers.add(stop);
    });
  }

  /** Signals reach the peer again. */
  resume(): void {
    const held = this.#held;
    this.#held = [];
    for (const body of held) this.send(body);
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#timers) stop();
  }

  #hold(body: SignalBody): void {
    const isOfUse = body.kind === "restart" ? !body.rebuild : body.kind === "ice-candidate";
    if (isOfUse && this.#held.length < heldCapacity) this.#held.push(body);
  }

  /** Repeats what was rejected as it stands now: a description has gathered candidates meanwhile. */
  #repeat(body: SignalBody, times: number): void {
    if (body.kind !== "offer" && body.kind !== "answer") return this.send(body, times);
    const { localDescription, signalingState } = this.#host.connection();
    const offering = signalingState === "have-local-offer";
    // Another description has taken its place.
    if (localDescription?.type !== body.kind || offering !== (body.kind === "offer")) return;
    this.send({ ...body, sdp: localDescription.sdp }, times);
  }
}
