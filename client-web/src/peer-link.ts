import { CandidateBuffer } from "./candidate-buffer.ts";
import type { Clock } from "./clock.ts";
import { Emitter } from "./emitter.ts";
import { firstCandidate } from "./first-candidate.ts";
import { IceRestarter } from "./ice-restarter.ts";
import type { LinkOptions } from "./link-options.ts";
import { LinkSpeaker } from "./link-speaker.ts";
import type { PeerInfo } from "./peer-info.ts";
import type { PeerLinkEvents } from "./peer-link-events.ts";
import type { SignalTrace } from "./signal-trace.ts";
import { clientError, SignalingError } from "./signaling-error.ts";
import type { SignalBody } from "./signals.ts";

/** How long the polite side leaves the first offer to the other, in milliseconds. */
const politeOfferAfterMs = 1_000;

/** What a link needs of its room. */
export interface LinkHost {
  readonly clock: Clock;
  /** The configuration as it stands. */
  configuration(): RTCConfiguration;
  send(link: PeerLink, body: SignalBody): Promise<void>;
  closed(link: PeerLink): void;
}

/**
 * One RTCPeerConnection to one peer, negotiated by the pattern of W3C WebRTC section 10.7, "perfect
 * negotiation": either side may add tracks, channels and restarts at any moment.
 */
export class PeerLink extends Emitter<PeerLinkEvents> {
  readonly peer: PeerInfo;
  /** The connection itself, for everything that this class has no word for. */
  readonly connection: RTCPeerConnection;
  /** Whether the application named the link: it is never paired with one of another name. */
  readonly named: boolean;
  readonly #host: LinkHost;
  readonly #candidates = new CandidateBuffer();
  readonly #restarter: IceRestarter;
  readonly #speaker: LinkSpeaker;
  readonly #listening = new AbortController();
  #stopHolding: (() => void) | undefined;
  readonly #offerAfterMs: number;
  #negotiationId: string;
  #tasks: Promise<void> = Promise.resolve();
  #offered = false;
  #settled = false;
  #ignoring = false;
  #endOfCandidatesFor: string | undefined;
  #closed = false;

  constructor(peer: PeerInfo, negotiationId: string, options: LinkOptions, host: LinkHost) {
    super();
    this.peer = peer;
    this.named = options.negotiationId !== undefined;
    this.#negotiationId = negotiationId;
    this.#host = host;
    this.#offerAfterMs = options.offerAfterMs ?? (peer.polite ? politeOfferAfterMs : 0);
    const configuration = host.configuration();
    this.connection = options.createConnection?.(configuration) ?? new RTCPeerConnection(configuration);
    this.#restarter = new IceRestarter(host.clock, peer.polite, () => this.restartIce());
    this.#speaker = new LinkSpeaker({
      clock: host.clock,
      connection: this.connection,
      send: (body) => host.send(this, body),
      failed: (error) => this.#report(error),
    });
    this.#listen();
    for (const track of options.stream?.getTracks() ?? []) {
      if (options.stream !== undefined) this.connection.addTrack(track, options.stream);
    }
  }

  /**
   * Names the negotiation. Where both sides offered at once under names of their own, the polite side takes
   * over the name of the other's offer.
   */
  get negotiationId(): string {
    return this.#negotiationId;
  }

  /** Whether the peer has described its side: both know the name of the link. */
  get settled(): boolean {
    return this.#settled;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Adds a data channel. */
  createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
    return this.connection.createDataChannel(label, init);
  }

  /** Looks for new paths to the peer, as after a change of network. Happens by itself on failure. */
  restartIce(): void {
    if (!this.#closed) this.connection.restartIce();
  }

  /** Ends the link, and tells the peer. `reason` is for people and logs, at most 256 bytes. */
  close(reason = "closed"): void {
    if (this.#closed) return;
    // That the peer may be gone already is no matter here.
    this.#host.send(this, { kind: "bye", reason }).catch(() => {});
    this.end(reason);
  }

  /** Takes over the name of the peer's offer. For the room. */
  adopt(negotiationId: string): void {
    this.#negotiationId = negotiationId;
  }

  /** Takes a signal of this link, after those before it. For the room. */
  receive(body: SignalBody): void {
    if (body.kind === "bye") return this.end(body.reason === "" ? "bye" : body.reason);
    if (body.kind !== "ice-candidate") this.#settled = true;
    this.#serially(() =>
      body.kind === "ice-candidate" ? this.#addCandidate(body.candidate) : this.#describe(body),
    );
  }

  /** Takes fresh ICE servers, for the next gathering. For the room. */
  configure(): void {
    try {
      this.connection.setConfiguration(this.#host.configuration());
    } catch (error) {
      this.#report(error);
    }
  }

  /** Tells the listeners of a signal of this link. For the room. */
  trace(trace: SignalTrace): void {
    this.emit("signal", trace);
  }

  /** Ends the link without a word to the peer. For the room. */
  end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listening.abort();
    this.#restarter.stop();
    this.#speaker.stop();
    this.#stopHolding?.();
    this.connection.close();
    this.#host.closed(this);
    this.emit("closed", reason);
    this.removeListeners();
  }

  #listen(): void {
    const { connection } = this;
    const { signal } = this.#listening;
    connection.addEventListener("negotiationneeded", () => this.#negotiationNeeded(), { signal });
    connection.addEventListener("icecandidate", (event) => this.#candidate(event.candidate), { signal });
    connection.addEventListener("track", ({ track, streams }) => this.emit("track", track, streams), {
      signal,
    });
    connection.addEventListener("datachannel", ({ channel }) => this.emit("datachannel", channel), {
      signal,
    });
    connection.addEventListener(
      "iceconnectionstatechange",
      () => this.#restarter.state(connection.iceConnectionState),
      { signal },
    );
    connection.addEventListener(
      "connectionstatechange",
      () => this.emit("state", connection.connectionState),
      { signal },
    );
  }

  #negotiationNeeded(): void {
    if (this.#settled || this.#offered || this.#offerAfterMs === 0)
      return this.#serially(() => this.#offer());
    this.#stopHolding ??= this.#host.clock.after(this.#offerAfterMs, () => {
      // Where the peer has offered meanwhile, the connection asks again for what that did not cover.
      if (!this.#settled) this.#serially(() => this.#offer());
    });
  }

  async #offer(): Promise<void> {
    const { connection } = this;
    // Otherwise the connection asks again once it is stable.
    if (connection.signalingState !== "stable") return;
    await connection.setLocalDescription();
    const description = connection.localDescription;
    if (description?.type !== "offer") return;
    this.#offered = true;
    this.#speaker.say({ kind: "offer", sdp: description.sdp });
  }

  async #describe(body: SignalBody & { kind: "offer" | "answer" }): Promise<void> {
    const { connection } = this;
    const { signalingState } = connection;
    const isOffer = body.kind === "offer";
    // Descriptions are set one after another here, so that an offer is in the making only while it is set.
    this.#ignoring = isOffer && signalingState !== "stable" && !this.peer.polite;
    if (this.#ignoring) return;
    // An answer to an offer that was taken back.
    if (!isOffer && signalingState !== "have-local-offer" && signalingState !== "have-remote-pranswer")
      return;
    const type = isOffer ? "offer" : body.provisional === true ? "pranswer" : "answer";
    await this.#setRemote({ type, sdp: body.sdp });
    for (const candidate of this.#candidates.release(connection.remoteDescription)) {
      await this.#addCandidate(candidate);
    }
    if (!isOffer) return;
    await connection.setLocalDescription();
    const answer = connection.localDescription;
    if (answer?.type === "answer") this.#speaker.say({ kind: "answer", sdp: answer.sdp, provisional: false });
  }

  async #setRemote(description: RTCSessionDescriptionInit): Promise<void> {
    const { connection } = this;
    const collides = description.type === "offer" && connection.signalingState === "have-local-offer";
    if (collides) {
      await firstCandidate(connection, this.#host.clock, this.#listening.signal);
      if (this.#closed) return;
    }
    try {
      await connection.setRemoteDescription(description);
    } catch (error) {
      // Not every implementation takes its own offer back by itself.
      if (!collides || connection.signalingState !== "have-local-offer") throw error;
      await connection.setLocalDescription({ type: "rollback" });
      await connection.setRemoteDescription(description);
    }
  }

  async #addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    const { connection } = this;
    const remote = connection.remoteDescription;
    if (!CandidateBuffer.fits(candidate, remote)) {
      // Of an offer that was ignored there will be no description.
      if (!this.#ignoring) this.#candidates.hold(candidate);
      return;
    }
    try {
      await connection.addIceCandidate(candidate);
    } catch (error) {
      // The end of candidates is a hint that some implementations do not know.
      if (!this.#ignoring && candidate.candidate !== "") throw error;
    }
  }

  #candidate(candidate: RTCIceCandidate | null): void {
    // In turn, so that no candidate is said before the description it belongs to.
    this.#serially(async () => {
      const generation = /^a=ice-ufrag:(\S+)/m.exec(this.connection.localDescription?.sdp ?? "")?.[1];
      if (candidate !== null && candidate.candidate !== "") {
        return this.#speaker.say({ kind: "ice-candidate", candidate: initOf(candidate) });
      }
      // The end comes as an empty candidate, as null, or as both.
      if (this.#endOfCandidatesFor === generation) return;
      this.#endOfCandidatesFor = generation;
      const end = candidate === null ? { candidate: "" } : initOf(candidate);
      this.#speaker.say({ kind: "ice-candidate", candidate: end });
    });
  }

  #serially(task: () => Promise<void>): void {
    this.#tasks = this.#tasks.then(async () => {
      if (this.#closed) return;
      try {
        await task();
      } catch (error) {
        // A connection that was closed in the middle of it refuses everything.
        if (!this.#closed) this.#report(error);
      }
    });
  }

  #report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.emit(
      "error",
      error instanceof SignalingError ? error : clientError("NEGOTIATION_FAILED", message, error),
    );
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
