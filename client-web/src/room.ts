import { Reason } from "@parley/contract";
import { type Clock, systemClock } from "./clock.ts";
import { call, Emitter } from "./emitter.ts";
import type { LinkOptions } from "./link-options.ts";
import { LinkTable, type Unclaimed } from "./link-table.ts";
import type { PeerInfo } from "./peer-info.ts";
import { type LinkHost, PeerLink } from "./peer-link.ts";
import type { SignalTrace } from "./signal-trace.ts";
import type { SignalingClient } from "./signaling-client.ts";
import { clientError, contractError, type SignalingError } from "./signaling-error.ts";
import type { LeaveCause, SessionState } from "./signaling-events.ts";
import type { IncomingSignal } from "./signals.ts";

/** The events of a `Room`. */
export type RoomEvents = {
  /** A peer is in the room. Each listener is also told of those who were there before it. */
  peer: [peer: PeerInfo];
  /** A peer is gone; its links are closed. */
  "peer-left": [peer: PeerInfo, cause: LeaveCause];
  /**
   * A peer began a link that nothing here was meant for. Its tracks and channels come after this. Without a
   * listener, the link waits until `connect` takes it up.
   */
  link: [link: PeerLink];
  state: [state: SessionState, error?: SignalingError];
  /** The session is over; without an error when this side left. Links that are up are closed. */
  closed: [error?: SignalingError];
};

/** What a room makes its links with. */
export interface RoomOptions {
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** The configuration of every link; its ICE servers are added to those of the service. @default {} */
  readonly rtcConfiguration?: RTCConfiguration | undefined;
  /** Makes the connection of every link, where its own options do not. */
  readonly createConnection?: LinkOptions["createConnection"];
}

/**
 * A session and the links to its peers. `joinRoom` makes both; one who has a `SignalingClient` already makes the
 * room from it, before `connect` is called, so that nothing is missed.
 */
export class Room extends Emitter<RoomEvents> {
  /** The session itself. */
  readonly client: SignalingClient;
  readonly #options: RoomOptions;
  readonly #tables = new Map<PeerInfo, LinkTable>();

  constructor(client: SignalingClient, options: RoomOptions = {}) {
    super();
    this.client = client;
    this.#options = options;
    client.on("peer", (peer) => {
      this.#tables.set(peer, new LinkTable(peer.polite));
      this.emit("peer", peer);
    });
    client.on("peer-left", (peer, cause) => {
      this.#closeLinks(peer, cause === "reset" ? "session lost" : "peer left");
      this.emit("peer-left", peer, cause);
    });
    client.on("signal", (signal) => this.#route(signal));
    client.on("trace", (trace) => this.#trace(trace));
    client.on("ice-servers", () => this.#configureLinks());
    client.on("state", (state, error) => this.emit("state", state, error));
    client.on("closed", (error) => this.#closed(error));
  }

  /** This peer as the others see it. */
  get self(): PeerInfo {
    const { self } = this.client;
    if (self === undefined) throw clientError("NOT_JOINED", "the session is not open yet");
    return self;
  }

  /** The other peers in the room, by `peerId`. */
  get peers(): ReadonlyMap<string, PeerInfo> {
    return this.client.peers;
  }

  /** The links that are open. */
  get links(): readonly PeerLink[] {
    return [...this.#tables.values()].flatMap((table) => table.links);
  }

  override on<Type extends keyof RoomEvents>(
    type: Type,
    listener: (...args: RoomEvents[Type]) => void,
  ): () => void {
    let listening = true;
    const off = super.on(type, listener);
    if (type === "peer") {
      const tell = listener as (...args: RoomEvents["peer"]) => void;
      const present = [...this.#tables.keys()];
      queueMicrotask(() => {
        for (const peer of present) if (listening && this.#tables.has(peer)) call(() => tell(peer));
      });
    }
    if (type === "link") queueMicrotask(() => this.#claimAll());
    return () => {
      listening = false;
      off();
    };
  }

  /**
   * Links to a peer: an RTCPeerConnection that negotiates by itself. Takes up the link that the peer has begun,
   * if there is one. Call it once on each side for one link; several are told apart by `negotiationId`.
   *
   * Throws a `SignalingError` of the reason `RECIPIENT_UNKNOWN` when the peer is not in the room.
   */
  connect(peer: PeerInfo | string, options: LinkOptions = {}): PeerLink {
    const info = typeof peer === "string" ? this.peers.get(peer) : peer;
    const table = info && this.#tables.get(info);
    if (info === undefined || table === undefined) throw unknownPeer();
    return this.#link(info, table, options, table.claim(options.negotiationId));
  }

  /** Closes the links and leaves the room; the others are told at once. */
  async leave(): Promise<void> {
    for (const peer of [...this.#tables.keys()]) this.#closeLinks(peer, "left");
    await this.client.leave();
  }

  /** Leaves the room at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  #link(peer: PeerInfo, table: LinkTable, given: LinkOptions, unclaimed?: Unclaimed): PeerLink {
    const { clock = systemClock, createConnection } = this.#options;
    const options = { createConnection, ...given };
    const host: LinkHost = {
      clock,
      configuration: () => this.#configuration(given),
      send: (link, body) => {
        if (body.kind === "offer") table.offered(link);
        return this.client.send({ to: peer.peerId, negotiationId: link.negotiationId, ...body });
      },
      closed: (link) => table.delete(link),
    };
    const negotiationId = unclaimed?.negotiationId ?? options.negotiationId ?? newNegotiationId();
    const link = new PeerLink(peer, negotiationId, options, host);
    table.add(link);
    for (const body of unclaimed?.bodies ?? []) link.receive(body);
    return link;
  }

  #route({ from, negotiationId, ...signal }: IncomingSignal): void {
    const begins = this.#tables.get(from)?.route(negotiationId, signal);
    if (begins === true && this.heard("link")) this.#claimAll();
  }

  #claimAll(): void {
    for (const [peer, table] of this.#tables) {
      for (let next = this.#claim(table); next !== undefined; next = this.#claim(table)) {
        this.emit("link", this.#link(peer, table, {}, next));
      }
    }
  }

  #claim(table: LinkTable): Unclaimed | undefined {
    return this.heard("link") ? table.claim() : undefined;
  }

  #trace(trace: SignalTrace): void {
    for (const [{ peerId }, table] of this.#tables) {
      if (peerId === trace.peerId) table.find(trace.negotiationId)?.trace(trace);
    }
  }

  #configuration(options: LinkOptions): RTCConfiguration {
    const own = { ...this.#options.rtcConfiguration, ...options.configuration };
    return { ...own, iceServers: [...(own.iceServers ?? []), ...this.client.iceServers] };
  }

  #configureLinks(): void {
    for (const link of this.links) link.configure();
  }

  #closeLinks(peer: PeerInfo, reason: string): void {
    const table = this.#tables.get(peer);
    this.#tables.delete(peer);
    for (const link of [...(table?.links ?? [])]) link.end(reason);
  }

  #closed(error?: SignalingError): void {
    for (const peer of [...this.#tables.keys()]) this.#closeLinks(peer, "session closed");
    this.emit("closed", error);
    this.removeListeners();
  }
}

function unknownPeer(): SignalingError {
  return contractError(Reason.RECIPIENT_UNKNOWN, "no such peer is in the room");
}

/** 96 random bits: the two sides of a room full of links do not choose the same. */
function newNegotiationId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
