import type { Clock } from "../clock.ts";
import type { SignalBody } from "../session/signals.ts";
import { CandidateBuffer } from "./candidate-buffer.ts";
import { fragmentOf, isFirefox } from "./description-facts.ts";
import { firstCandidate } from "./first-candidate.ts";

/** The signals that describe a connection. */
export type Description = SignalBody & { readonly kind: "offer" | "answer" };

/** What WebRTC refused. */
export type FailedStep = "description" | "candidate" | "configuration";

/** What a negotiation needs of its link. */
export interface NegotiationHost {
  readonly clock: Clock;
  /** Whether this side gives way when both offer at once. */
  readonly polite: boolean;
  /** How long this side leaves the first offer to the other, in milliseconds. */
  readonly offerAfterMs: number;
  /** Whether signals reach the peer now. While they do not, nothing is offered. */
  reachable(): boolean;
  say(body: SignalBody): void;
  /** Called before a description of the peer is set. */
  describing?(description: Description): void;
  /** WebRTC refused something. */
  failed(error: unknown, what: FailedStep): void;
}

/**
 * The negotiation of one RTCPeerConnection by the pattern of W3C WebRTC section 10.7, "perfect negotiation":
 * either side may add tracks, channels and restarts at any moment.
 */
export class Negotiation {
  readonly connection: RTCPeerConnection;
  readonly #host: NegotiationHost;
  readonly #candidates = new CandidateBuffer();
  readonly #over = new AbortController();
  #stopHolding: (() => void) | undefined;
  #tasks: Promise<void> = Promise.resolve();
  #offered = false;
  #described = false;
  #needed = false;
  #ignoring = false;
  #endOfCandidatesFor: string | undefined;

  constructor(connection: RTCPeerConnection, host: NegotiationHost) {
    this.connection = connection;
    this.#host = host;
    const { signal } = this.#over;
    connection.addEventListener("negotiationneeded", () => this.#negotiationNeeded(), { signal });
    connection.addEventListener("icecandidate", ({ candidate }) => this.#gathered(candidate), { signal });
  }

  /** Whether the peer has described its side. */
  get described(): boolean {
    return this.#described;
  }

  /** Whether either side has begun. */
  get begun(): boolean {
    return this.#offered || this.#described;
  }

  /** Takes a signal of the peer, after those before it. */
  receive(body: Description | (SignalBody & { kind: "ice-candidate" })): void {
    if (body.kind === "ice-candidate") {
      return this.#serially("candidate", () => this.#addCandidate(body.candidate));
    }
    this.#described = true;
    this.#serially("description", () => this.#describe(body));
  }

  /** Signals reach the peer again: repeats an offer that may be lost, and makes one that was put off. */
  resume(): void {
    this.#serially("description", async () => {
      const { localDescription, signalingState } = this.connection;
      if (signalingState === "have-local-offer" && localDescription !== null) {
        this.#host.say({ kind: "offer", sdp: localDescription.sdp });
      } else if (this.#needed) await this.#offer();
    });
  }

  stop(): void {
    this.#over.abort();
    this.#stopHolding?.();
  }

  #negotiationNeeded(): void {
    const { clock, offerAfterMs } = this.#host;
    if (this.begun || offerAfterMs === 0) return this.#serially("description", () => this.#offer());
    this.#stopHolding ??= clock.after(offerAfterMs, () => {
      // If the peer has offered meanwhile, the connection asks again for what that did not cover.
      if (!this.#described) this.#serially("description", () => this.#offer());
    });
  }

  async #offer(): Promise<void> {
    const { connection } = this;
    this.#needed = !this.#host.reachable();
    // Otherwise the connection asks again once it is stable.
    if (this.#needed || connection.signalingState !== "stable") return;
    await connection.setLocalDescription();
    // Until Chromium has a candidate of a restart, it tries its new ones with the old ones of the peer, and when these
    // work, it never tries the new ones. Firefox then gives the connection up: it takes both sides for controlled, and
    // gets over that only when Chromium tries (seen in 153 and 156).
    if (this.#described && isFirefox(connection.localDescription?.sdp ?? "")) await this.#firstCandidate();
    const description = connection.localDescription;
    if (description?.type !== "offer" || this.#over.signal.aborted) return;
    this.#offered = true;
    this.#host.say({ kind: "offer", sdp: description.sdp });
  }

  async #describe(body: Description): Promise<void> {
    const { connection } = this;
    const { signalingState } = connection;
    const isOffer = body.kind === "offer";
    // Descriptions are set one after another here, so that an offer is in the making only while it is set.
    this.#ignoring = isOffer && signalingState !== "stable" && !this.#host.polite;
    if (this.#ignoring) return;
    // An answer to an offer that was taken back.
    if (!isOffer && signalingState !== "have-local-offer" && signalingState !== "have-remote-pranswer")
      return;
    const type = isOffer ? "offer" : body.provisional === true ? "pranswer" : "answer";
    this.#host.describing?.(body);
    await this.#setRemote({ type, sdp: body.sdp });
    if (this.#over.signal.aborted) return;
    for (const candidate of this.#candidates.release(body.sdp)) {
      await this.#addCandidate(candidate);
    }
    if (!isOffer) return;
    await connection.setLocalDescription();
    const answer = connection.localDescription;
    if (answer?.type === "answer") this.#host.say({ kind: "answer", sdp: answer.sdp, provisional: false });
  }

  async #setRemote(description: RTCSessionDescriptionInit): Promise<void> {
    const { connection } = this;
    const collides = description.type === "offer" && connection.signalingState === "have-local-offer";
    // Chromium (seen in 156) never finds any candidate on a connection whose first offer is rolled back before the first
    // one was found, about once in some hundred times. An ICE restart does not mend it.
    if (collides && connection.iceGatheringState !== "complete") await this.#firstCandidate();
    try {
      await connection.setRemoteDescription(description);
    } catch (error) {
      // Not every implementation takes its own offer back by itself.
      if (!collides || connection.signalingState !== "have-local-offer") throw error;
      await connection.setLocalDescription({ type: "rollback" });
      await connection.setRemoteDescription(description);
    }
  }

  #firstCandidate(): Promise<void> {
    return firstCandidate(this.connection, this.#host.clock, this.#over.signal);
  }

  async #addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.#candidates.fits(candidate)) {
      // Of an offer that was ignored there will be no description.
      if (!this.#ignoring) this.#candidates.hold(candidate);
      return;
    }
    try {
      await this.connection.addIceCandidate(candidate);
    } catch (error) {
      // The end of candidates is a hint that some implementations do not know.
      if (!this.#ignoring && candidate.candidate !== "") this.#host.failed(error, "candidate");
    }
  }

  #gathered(candidate: RTCIceCandidate | null): void {
    // In turn, so that no candidate is sent before the description it belongs to.
    this.#serially("candidate", async () => {
      if (candidate !== null && candidate.candidate !== "") {
        return this.#host.say({ kind: "ice-candidate", candidate: initOf(candidate) });
      }
      const generation = fragmentOf(this.connection.localDescription?.sdp ?? "");
      // The end comes as an empty candidate, as null, or as both.
      if (this.#endOfCandidatesFor === generation) return;
      this.#endOfCandidatesFor = generation;
      const end = candidate === null ? { candidate: "" } : initOf(candidate);
      this.#host.say({ kind: "ice-candidate", candidate: end });
    });
  }

  #serially(what: FailedStep, task: () => Promise<void>): void {
    const { signal } = this.#over;
    this.#tasks = this.#tasks.then(async () => {
      if (signal.aborted) return;
      try {
        await task();
      } catch (error) {
        // A connection that was closed in the middle of it refuses everything.
        if (!signal.aborted) this.#host.failed(error, what);
      }
    });
  }
}

function initOf(candidate: RTCIceCandidate): RTCIceCandidateInit {
  return {
    candidate: candidate.candidate,
    sdpMid: candidate.sdpMid,
    sdpMLineIndex: candidate.sdpMLineIndex,
    usernameFragment: candidate.usernameFragment,
  };
}
