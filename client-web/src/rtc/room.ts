import type { WaitOptions } from "../abortable.ts";
import { type Clock, systemClock } from "../clock.ts";
import { call, Emitter } from "../emitter.ts";
import type { Metadata } from "../session/metadata-sender.ts";
import type { PeerInfo } from "../session/peer-info.ts";
import type { Via } from "../session/session-transport.ts";
import type { SignalTrace } from "../session/signal-trace.ts";
import type { SignalingClient } from "../session/signaling-client.ts";
import type { IncomingSignal, SignalBody } from "../session/signals.ts";
import { clientError, SignalingError } from "../signaling-error.ts";
import { defaultLinkLimits, type LinkLimits } from "./link-limits.ts";
import type { LinkOptions } from "./link-options.ts";
import type { Unclaimed } from "./link-table.ts";
import { type LinkHost, PeerLink } from "./peer-link.ts";
import { withPublicCandidates } from "./public-candidates.ts";
import type { RoomEvents } from "./room-events.ts";
import type { RoomMember } from "./room-member.ts";
import { RoomMembers } from "./room-members.ts";
import { roomSide } from "./room-side.ts";

/** What a room makes its links with. */
export interface RoomOptions extends LinkLimits {
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** The configuration of every link; its ICE servers are added to those of the service. @default {} */
  readonly rtcConfiguration?: RTCConfiguration | undefined;
  /** Makes the connection of every link whose own options do not. */
  readonly createConnection?: LinkOptions["createConnection"];
}

/**
 * A session and the links to its peers. `joinRoom` makes both; if you have a `SignalingClient` already, make the
 * room from it before `connect` is called, so that nothing is missed.
 */
export class Room extends Emitter<RoomEvents> {
  /** The session itself. */
  readonly client: SignalingClient;
  readonly #options: RoomOptions;
  readonly #members: RoomMembers;
  readonly #streams = new Set<MediaStream>();

  constructor(client: SignalingClient, options: RoomOptions = {}) {
    super();
    this.client = client;
    this.#options = options;
    this.#members = new RoomMembers({
      clock: options.clock ?? systemClock,
      self: () => client.self,
      send: (signal) => client.send(signal),
      arrived: (member) => this.emit("peer", member.info),
      departed: (member) => this.emit("peer-left", member.info, member.cause),
      deliver: (member, signal) => this.#deliver(member, signal),
    });
    client.on("peer", (peer) => this.#members.arrive(peer));
    client.on("peer-left", (peer, cause) => this.#members.depart(peer, cause));
    client.on("peer-updated", (peer) => {
      const member = this.#members.updated(peer);
      if (member?.announced === true) this.emit("peer-updated", member.info);
    });
    client.on("signal", (signal) => this.#members.route(signal));
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

  /** How the session is carried: over a WebSocket, a stream, or by polling. */
  get via(): Via | undefined {
    return this.client.via;
  }

  /** The other peers in the room, by `peerId`; also those that have lost their session while a link goes on. */
  get peers(): ReadonlyMap<string, PeerInfo> {
    const announced = this.#members.all.filter((member) => member.announced);
    return new Map(announced.map(({ info }) => [info.peerId, info]));
  }

  /** The links that are open. */
  get links(): readonly PeerLink[] {
    return this.#members.all.flatMap(({ links }) => links);
  }

  override on<Type extends keyof RoomEvents>(
    type: Type,
    listener: (...args: RoomEvents[Type]) => void,
  ): () => void {
    let listening = true;
    const off = super.on(type, listener);
    if (type === "peer") {
      const meet = listener as (...args: RoomEvents["peer"]) => void;
      const announced = this.#members.present.filter((member) => member.announced);
      queueMicrotask(() => {
        for (const member of announced) {
          if (listening && this.#members.present.includes(member)) call(() => meet(member.info));
        }
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
   * if there is one. Call it once on each side for one link; several are distinguished by `negotiationId`.
   *
   * Throws a `SignalingError` of the reason `RECIPIENT_UNKNOWN` if the peer has no session in the room.
   */
  connect(peer: PeerInfo | string, options: LinkOptions = {}): PeerLink {
    const member = this.#members.find(peer);
    if (member === undefined) {
      throw new SignalingError("RECIPIENT_UNKNOWN", "no such peer is in the room", { retry: "never" });
    }
    return this.#link(member, options, member.table.claim(options.negotiationId));
  }

  /** Sends a stream over every link, also over those that begin later. */
  addStream(stream: MediaStream): void {
    this.#streams.add(stream);
    for (const link of this.links) link.addStream(stream);
  }

  /** Sends another track, or nothing, instead of one, over every link that sends it. */
  async replaceTrack(before: MediaStreamTrack, after: MediaStreamTrack | null): Promise<void> {
    await Promise.all(this.links.map((link) => link.replaceTrack(before, after)));
  }

  /** Replaces what this peer publishes about itself: see `SignalingClient.setMetadata`. */
  setMetadata(metadata: Metadata, options: WaitOptions = {}): Promise<void> {
    return this.client.setMetadata(metadata, options);
  }

  /** Closes the links and leaves the room; the others are notified at once. */
  async leave(options: WaitOptions = {}): Promise<void> {
    this.#members.clear();
    await this.client.leave(options);
  }

  /** Leaves the room at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  #link(member: RoomMember, given: LinkOptions, unclaimed?: Unclaimed): PeerLink {
    const { clock = systemClock, createConnection } = this.#options;
    const options = { createConnection, ...given };
    const host: LinkHost = {
      clock,
      configuration: () => this.#configuration(given),
      send: (link, body) => {
        if (body.kind === "offer") this.#members.owner(link)?.table.offered(link);
        const sent = this.client.icePolicy?.noPrivate ? withPublicCandidates(body) : body;
        if (sent === undefined) return Promise.resolve();
        return this.#send(link.peer, link.negotiationId, sent);
      },
      closed: (link) => this.#members.linkClosed(link),
    };
    const negotiationId = unclaimed?.negotiationId ?? options.negotiationId ?? newNegotiationId();
    const link = new PeerLink(member.info, negotiationId, options, host);
    for (const stream of this.#streams) link.addStream(stream);
    member.table.add(link);
    for (const body of unclaimed?.bodies ?? []) link[roomSide].receive(body);
    return link;
  }

  #deliver(member: RoomMember, { from, negotiationId, ...body }: IncomingSignal): void {
    const { linksPerPeer = defaultLinkLimits.linksPerPeer, links = defaultLinkLimits.links } = this.#options;
    const full =
      member.table.size >= linksPerPeer ||
      this.#members.all.reduce((total, { table }) => total + table.size, 0) >= links;
    const begins = member.table.route(negotiationId, body, !full);
    if (begins === "begun" && this.heard("link")) this.#claimAll();
    if (begins !== "refused") return;
    // If it does not arrive, the peer is gone.
    this.#send(member.info, negotiationId, { kind: "bye", reason: "too many links" }).catch(() => {});
  }

  #send({ peerId, session }: PeerInfo, negotiationId: string, body: SignalBody): Promise<void> {
    return this.client.send({ to: peerId, toSession: session, negotiationId, ...body });
  }

  #claimAll(): void {
    for (const member of this.#members.present) {
      for (let next = this.#claim(member); next !== undefined; next = this.#claim(member)) {
        this.emit("link", this.#link(member, {}, next));
      }
    }
  }

  #claim({ table }: RoomMember): Unclaimed | undefined {
    return this.heard("link") ? table.claim() : undefined;
  }

  #trace(trace: SignalTrace): void {
    for (const { info, table } of this.#members.all) {
      if (info.peerId === trace.peerId) table.find(trace.negotiationId)?.[roomSide].trace(trace);
    }
  }

  #configuration(options: LinkOptions): RTCConfiguration {
    const own = { ...this.#options.rtcConfiguration, ...options.configuration };
    const { iceServers, icePolicy } = this.client;
    const policy = icePolicy?.relayOnly ? ({ iceTransportPolicy: "relay" } as const) : {};
    return { ...own, ...policy, iceServers: [...(own.iceServers ?? []), ...iceServers] };
  }

  #configureLinks(): void {
    for (const link of this.links) link[roomSide].configure();
  }

  #closed(error?: SignalingError): void {
    // A session that ends by itself ends no call.
    if (error === undefined) this.#members.clear();
    else this.#members.departAll("reset");
    this.emit("closed", error);
  }
}

/** 96 random bits: the two sides of a room full of links do not choose the same. */
function newNegotiationId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
