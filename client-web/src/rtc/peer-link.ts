import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { PeerInfo } from "../session/peer-info.ts";
import type { SignalBody } from "../session/signals.ts";
import { clientError, SignalingError } from "../signaling-error.ts";
import { Timers } from "../timers.ts";
import { Absence } from "./absence.ts";
import { IceRestarter } from "./ice-restarter.ts";
import { LinkConnection } from "./link-connection.ts";
import { LinkMedia } from "./link-media.ts";
import type { LinkOptions } from "./link-options.ts";
import { MediaWatch } from "./media-watch.ts";
import type { FailedStep } from "./negotiation.ts";
import type { LinkEnd, LinkSignaling, LinkState, PeerLinkEvents, Rebuilt } from "./peer-link-events.ts";
import { ReplaceableConnection } from "./replaceable-connection.ts";
import { type RoomSide, roomSide } from "./room-side.ts";
import { sendersOf } from "./rtp-parts.ts";
import { SignalRetrier } from "./signal-retrier.ts";

/**
 * How long the polite side leaves the first offer to the other, in milliseconds: about as long as that one needs to
 * offer if it means to, so that most calls begin without glare, and little enough if it does not.
 */
const politeOfferAfterMs = 100;
/** How long neither side may have something to negotiate before both are notified, in milliseconds. */
const idleMs = 5_000;
/** How long the reason for a hang-up is waited for once the connection was closed by the peer, in milliseconds. */
const reasonMs = 300;

/** What a link needs of its room. */
export interface LinkHost {
  readonly clock: Clock;
  /** The configuration as it stands. */
  configuration(): RTCConfiguration;
  send(link: PeerLink, body: SignalBody): Promise<void>;
  closed(link: PeerLink): void;
}

/**
 * A link to one peer: an RTCPeerConnection that negotiates by itself, restarts ICE when its path is lost, and is
 * replaced when that does not help. It outlives the sessions of both sides.
 */
export class PeerLink extends Emitter<PeerLinkEvents> {
  /** Whether this side gives way when both offer at once; fixed for the life of the link. */
  readonly polite: boolean;
  readonly #host: LinkHost;
  readonly #options: LinkOptions;
  readonly #media = new LinkMedia();
  readonly #restarter: IceRestarter;
  readonly #watch: MediaWatch;
  readonly #absence: Absence;
  readonly #signals: SignalRetrier;
  #peer: PeerInfo;
  readonly #link: ReplaceableConnection;
  #negotiationId: string;
  #signaling: LinkSignaling = "open";
  #starved = false;
  readonly #timers: Timers<"idle" | "reason">;
  #closed = false;
  /** @internal */
  readonly [roomSide]: RoomSide;

  constructor(peer: PeerInfo, negotiationId: string, options: LinkOptions, host: LinkHost) {
    super();
    const { clock } = host;
    this.#timers = new Timers(clock);
    this.#peer = peer;
    this.polite = peer.polite;
    this.#negotiationId = negotiationId;
    this.#options = options;
    this.#host = host;
    this[roomSide] = this.#forRoom(options.negotiationId === undefined);
    this.#restarter = new IceRestarter(clock, peer.polite, () => this.restartIce());
    this.#watch = new MediaWatch({
      clock,
      starved: (starved) => this.#setStarved(starved),
      repair: (step) => (step === "restart" ? this.restartIce() : this.#rebuild()),
    });
    this.#absence = new Absence(clock, () => this.#end("failed"));
    this.#signals = new SignalRetrier({
      clock,
      connection: () => this.connection,
      reachable: () => this.#signaling === "open",
      send: (body) => host.send(this, body),
      failed: (error) => this.#report(error),
    });
    this.#link = new ReplaceableConnection({
      clock,
      media: this.#media,
      connect: () => this.#connect(),
      say: (body) => this.#signals.send(body),
      rebuilt: (rebuilt) => this.#rebuilt(rebuilt),
    });
    if (options.stream !== undefined) this.addStream(options.stream);
    this.#timers.start("idle", idleMs, () => this.#idle());
  }

  /** The other side. */
  get peer(): PeerInfo {
    return this.#peer;
  }

  /** The connection as it is now, for everything that this class has no name for. See the event "rebuilt". */
  get connection(): RTCPeerConnection {
    return this.#link.current.connection;
  }

  /**
   * Names the negotiation. If both sides offered at once under names of their own, the polite side takes over the
   * name of the other's offer.
   */
  get negotiationId(): string {
    return this.#negotiationId;
  }

  get state(): LinkState {
    const { connectionState } = this.connection;
    return this.#starved && connectionState === "connected" ? "starved" : connectionState;
  }

  get signaling(): LinkSignaling {
    return this.#signaling;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the connection was up at some time: it then goes on without sessions. */
  get connectedOnce(): boolean {
    return this.#link.current.connectedOnce;
  }

  /** The DTLS fingerprints of both ends. */
  get fingerprints(): { readonly own: string; readonly peers: string } {
    return this.#link.current.fingerprints;
  }

  /** Sends a track. */
  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RTCRtpSender {
    return this.#media.addTrack(this.connection, track, streams);
  }

  /** Sends the tracks of a stream that are not sent yet. */
  addStream(stream: MediaStream): void {
    const sent = new Set(sendersOf(this.connection).map(({ track }) => track));
    for (const track of stream.getTracks()) if (!sent.has(track)) this.addTrack(track, stream);
  }

  /** Sends another track, or nothing, instead of one; a track that was replaced by nothing can be followed by another. */
  async replaceTrack(before: MediaStreamTrack, after: MediaStreamTrack | null): Promise<void> {
    await this.#media.replaceTrack(this.connection, before, after);
  }

  /** Adds a data channel. */
  createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
    return this.#media.createChannel(this.connection, label, init);
  }

  /** Looks for new paths to the peer, as after a change of network. Happens by itself on failure. */
  restartIce(): void {
    if (this.#closed) return;
    if (this.#link.current.peerHasToRestart) this.#signals.send({ kind: "restart", rebuild: false });
    else this.connection.restartIce();
  }

  /** Ends the link, and notifies the peer. `words` are for people and logs, at most 256 bytes. */
  close(words = ""): void {
    if (this.#closed) return;
    this.#signals.send({ kind: "bye", reason: words });
    this.#end("closed", words);
  }

  #forRoom(adopts: boolean): RoomSide {
    return {
      receive: (body) => {
        switch (body.kind) {
          case "bye":
            return this.#end("bye", body.reason);
          case "restart":
            return body.rebuild ? this.#link.peerRebuilt() : this.#restarter.requested();
          case "rebind":
            return;
          default:
            // Until the peer has a new connection too, it speaks of the old one.
            if (this.#link.waitsForPeer) return;
            if (body.kind !== "ice-candidate") adopts = false;
            this.#link.current.negotiation.receive(body);
        }
      },
      away: () => {
        if (!this.connectedOnce) return false;
        if (this.#signaling === "away") return true;
        this.#signaling = "away";
        this.#absence.begin();
        this.emit("signaling", "away");
        return true;
      },
      resume: (peer) => {
        this.#peer = peer;
        this.#absence.over();
        if (this.#signaling === "open") return;
        this.#signaling = "open";
        this.emit("signaling", "open");
        this.#link.resume();
        this.#signals.resume();
        this.#restarter.retry(this.connection.iceConnectionState);
      },
      trace: (trace) => this.emit("signal", trace),
      end: (why) => this.#end(why),
      configure: () => this.#link.current.configure(),
      adopts: () => adopts,
      adopt: (negotiationId) => {
        this.#negotiationId = negotiationId;
      },
    };
  }

  #end(why: LinkEnd, words = ""): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#restarter.stop();
    this.#watch.stop();
    this.#absence.over();
    this.#signals.stop();
    this.#timers.stopAll();
    this.#link.close();
    this.#host.closed(this);
    this.emit("closed", why, words);
    this.removeListeners();
  }

  #connect(): LinkConnection {
    const { clock } = this.#host;
    const configuration = this.#host.configuration();
    const { createConnection, offerAfterMs } = this.#options;
    const connection = createConnection?.(configuration) ?? new RTCPeerConnection(configuration);
    return new LinkConnection(connection, {
      clock,
      polite: this.polite,
      offerAfterMs: offerAfterMs ?? (this.polite ? politeOfferAfterMs : 0),
      configuration: () => this.#host.configuration(),
      reachable: () => this.#signaling === "open",
      say: (body) => this.#signals.send(body),
      failed: (error, what) => this.#refused(error, what),
      track: (track, streams) => this.emit("track", track, streams),
      channel: (channel) => this.emit("datachannel", channel),
      iceState: (state) => this.#restarter.state(state),
      state: (state) => this.#stateChanged(state),
      described: () => this.#watch.look(this.connection),
      closedByPeer: () => this.#closedByPeer(),
    });
  }

  #stateChanged(state: RTCPeerConnectionState): void {
    this.#absence.state(state);
    this.#watch.look(this.connection);
    if (!this.#closed) this.emit("state", this.state);
  }

  /** The connection is over. A `Bye` that says why may be a little slower than that. */
  #closedByPeer(): void {
    const end = () => this.#end("hung-up");
    if (this.#signaling === "away") end();
    else this.#timers.start("reason", reasonMs, end);
  }

  #setStarved(starved: boolean): void {
    this.#starved = starved;
    if (!this.#closed) this.emit("state", this.state);
  }

  #refused(error: unknown, what: FailedStep): void {
    if (what !== "description" || !this.#rebuild()) this.#report(error);
  }

  #rebuild(): boolean {
    return this.#signaling === "open" && this.#link.rebuild();
  }

  #rebuilt(rebuilt: Rebuilt): void {
    this.#restarter.stop();
    this.#watch.stop();
    this.emit("rebuilt", rebuilt);
    this.emit("state", this.state);
  }

  #idle(): void {
    if (this.#link.current.negotiation.begun) return;
    this.emit("error", clientError("NOTHING_TO_NEGOTIATE", "neither side has added a track or channel"));
  }

  #report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.emit(
      "error",
      error instanceof SignalingError ? error : clientError("NEGOTIATION_FAILED", message, error),
    );
  }
}
