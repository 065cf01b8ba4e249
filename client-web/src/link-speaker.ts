import type { Clock } from "./clock.ts";
import { SignalingError } from "./signaling-error.ts";
import type { SignalBody } from "./signals.ts";

/** The shortest wait before a signal that the peer had no room for is said anew, in milliseconds. */
const sayAgainMs = 1_000;
/** How often a signal that the peer had no room for is said anew. */
const sayAgainTimes = 5;

/** What a speaker needs of its link. */
export interface LinkSpeakerHost {
  readonly clock: Clock;
  readonly connection: RTCPeerConnection;
  send(body: SignalBody): Promise<void>;
  /** A signal will not arrive. */
  failed(error: unknown): void;
}

/** Says the signals of one link, and says them anew where the peer's mailbox was full. */
export class LinkSpeaker {
  readonly #host: LinkSpeakerHost;
  readonly #timers = new Set<() => void>();
  #stopped = false;

  constructor(host: LinkSpeakerHost) {
    this.#host = host;
  }

  say(body: SignalBody, times = 0): void {
    this.#host.send(body).catch((error: unknown) => {
      if (this.#stopped) return;
      const later =
        error instanceof SignalingError && error.retry === "later" ? error.retryAfterMs : undefined;
      if (later === undefined || times >= sayAgainTimes) return this.#host.failed(error);
      const stop = this.#host.clock.after(Math.max(later, sayAgainMs), () => {
        this.#timers.delete(stop);
        this.#sayAgain(body, times + 1);
      });
      this.#timers.add(stop);
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#timers) stop();
  }

  /** Says what was rejected as it stands now: a description has gathered candidates meanwhile. */
  #sayAgain(body: SignalBody, times: number): void {
    if (body.kind !== "offer" && body.kind !== "answer") return this.say(body, times);
    const { localDescription, signalingState } = this.#host.connection;
    const offering = signalingState === "have-local-offer";
    // Another description has taken its place.
    if (localDescription?.type !== body.kind || offering !== (body.kind === "offer")) return;
    this.say({ ...body, sdp: localDescription.sdp }, times);
  }
}
