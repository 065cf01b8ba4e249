import type { Rejected, SignalResponse, Welcome } from "@parley/contract/plain";
import type { Clock } from "../clock.ts";
import { rtcIceServers } from "./ice-servers.ts";
import { Inbox } from "./inbox.ts";
import { type PeerInfo, peerInfo } from "./peer-info.ts";
import { sizeOfValue } from "./request-size.ts";
import { Roster } from "./roster.ts";
import { leaveCause, type SignalingEvents } from "./signaling-events.ts";
import { relayedBody } from "./signals.ts";

/**
 * How long after the `Welcome` of a resumed stream a signal counts as replayed, in milliseconds. What waited in the
 * mailbox follows in the same moment. For display only: a signal that was sent just then looks the same.
 */
const replayMs = 250;

/** What a receiver needs of its session. */
export interface ReceiverHost {
  readonly clock: Clock;
  emit<Type extends keyof SignalingEvents>(type: Type, ...args: SignalingEvents[Type]): void;
  /** An `ack` of the stream: no `Rejected` of what it covers can follow. */
  acknowledged(ack: number): void;
  rejected(rejected: Rejected): void;
}

/** The way into a session: each response once and in order, made into events. */
export class Receiver {
  readonly inbox = new Inbox();
  readonly roster = new Roster();
  iceServers: readonly RTCIceServer[] = [];
  /** Who waits in the lobby. */
  lobby: readonly PeerInfo[] = [];
  readonly #host: ReceiverHost;
  #resumedAt = Number.NEGATIVE_INFINITY;

  constructor(host: ReceiverHost) {
    this.#host = host;
  }

  /** Takes the `Welcome` of a stream. */
  welcome({ ack }: SignalResponse, welcome: Welcome): void {
    this.#resumedAt = welcome.resumed ? this.#host.clock.now() : Number.NEGATIVE_INFINITY;
    this.#host.acknowledged(ack);
    const { joined, updated, left } = this.roster.welcome(welcome);
    for (const peer of left) this.#host.emit("peer-left", peer, "unknown");
    for (const peer of joined) this.#host.emit("peer", peer);
    for (const peer of updated) this.#host.emit("peer-updated", peer);
    this.#host.emit("roster", this.roster.peers);
    this.#useIceServers(rtcIceServers(welcome.iceServers));
    // A list follows if anyone waits.
    this.#setLobby([]);
  }

  /** Takes a later response. Returns false where one before it is missing. */
  response(response: SignalResponse): boolean {
    const { seq, ack, body } = response;
    if (seq !== 0) {
      const place = this.inbox.accept(seq, sizeOfValue(body.value));
      if (place === "gap") return false;
      if (place === "old") {
        this.#host.acknowledged(ack);
        return true;
      }
    }
    switch (body.case) {
      case "peerJoined":
        if (body.value.peer !== undefined) this.#host.emit("peer", this.roster.joined(body.value.peer));
        break;
      case "peerLeft": {
        const { peerId, session, reason } = body.value;
        const peer = this.roster.left(peerId, session);
        if (peer !== undefined) this.#host.emit("peer-left", peer, leaveCause(reason));
        break;
      }
      case "peerUpdated":
        this.#updated(this.roster.updated(body.value));
        break;
      case "iceServers":
        this.#useIceServers(rtcIceServers(body.value.servers));
        break;
      case "lobby":
        this.#setLobby(body.value.waiting.map(peerInfo));
        break;
      case "rejected":
        this.#host.rejected(body.value);
        break;
      default:
        if (seq !== 0) this.#relayed(response);
    }
    // After the body, which may be the `Rejected` of what is acknowledged.
    this.#host.acknowledged(ack);
    return true;
  }

  /** A new session begins: nobody is there any more. */
  reset(): void {
    this.inbox.reset();
    for (const peer of this.roster.clear()) this.#host.emit("peer-left", peer, "reset");
  }

  #setLobby(waiting: readonly PeerInfo[]): void {
    if (waiting.length === 0 && this.lobby.length === 0) return;
    this.lobby = waiting;
    this.#host.emit("lobby", waiting);
  }

  #updated(peer: PeerInfo | undefined): void {
    if (peer !== undefined) this.#host.emit("peer-updated", peer);
  }

  #relayed(response: SignalResponse): void {
    const { seq, sender, senderSession, negotiationId } = response;
    const body = relayedBody(response);
    const from = this.roster.sender(sender, senderSession);
    if (body === undefined || from === undefined) return;
    this.#host.emit("trace", {
      direction: "in",
      kind: body.kind,
      peerId: sender,
      negotiationId,
      seq,
      at: this.#host.clock.wallTime(),
      replayed: this.#host.clock.now() - this.#resumedAt < replayMs,
    });
    this.#host.emit("signal", { ...body, from, negotiationId, seq });
  }

  #useIceServers(servers: readonly RTCIceServer[]): void {
    if (JSON.stringify(servers) === JSON.stringify(this.iceServers)) return;
    this.iceServers = servers;
    this.#host.emit("ice-servers", servers);
  }
}
