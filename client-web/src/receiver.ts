import type { Rejected, SignalResponse, Welcome } from "@parley/contract";
import type { Clock } from "./clock.ts";
import { rtcIceServers } from "./ice-servers.ts";
import { Inbox } from "./inbox.ts";
import { Roster } from "./roster.ts";
import { leaveCause, type SignalingEvents } from "./signaling-events.ts";
import { relayedBody, roughSize } from "./signals.ts";

/** What a receiver needs of its session. */
export interface ReceiverHost {
  readonly clock: Clock;
  emit<Type extends keyof SignalingEvents>(type: Type, ...args: SignalingEvents[Type]): void;
  /** An `ack` that no `Rejected` can follow. */
  acknowledged(ack: number): void;
  rejected(rejected: Rejected): void;
}

/** The way into a session: each response once and in order, made into events. */
export class Receiver {
  readonly inbox = new Inbox();
  readonly roster = new Roster();
  iceServers: readonly RTCIceServer[] = [];
  readonly #host: ReceiverHost;
  /** The highest `ack` so far. It counts once the replay is through: a `Rejected` may be in it. */
  #ack = 0;
  /** The newest response that was in the mailbox when the stream was opened. */
  #replayUntil = 0;

  constructor(host: ReceiverHost) {
    this.#host = host;
  }

  /** Takes the `Welcome` of a stream. */
  welcome({ ack }: SignalResponse, welcome: Welcome): void {
    this.#replayUntil = welcome.rosterSeq;
    this.#acknowledge(ack);
    const { joined, left } = this.roster.welcome(welcome);
    for (const peer of left) this.#host.emit("peer-left", peer, "unknown");
    for (const peer of joined) this.#host.emit("peer", peer);
    this.#host.emit("roster", this.roster.peers);
    this.#useIceServers(rtcIceServers(welcome.iceServers));
  }

  /** Takes a later response. Returns false where one before it is missing. */
  response(response: SignalResponse): boolean {
    const { seq, ack, body } = response;
    if (seq !== 0) {
      const place = this.inbox.accept(seq, roughSize(response));
      if (place === "gap") return false;
      if (place === "new") this.#process(response);
    } else if (body.case === "iceServers") {
      this.#useIceServers(rtcIceServers(body.value.servers));
    }
    // After the body, which may be the `Rejected` of what is acknowledged.
    this.#acknowledge(ack);
    return true;
  }

  /** A new session begins: nobody is there any more. */
  reset(): void {
    this.inbox.reset();
    this.#ack = 0;
    this.#replayUntil = 0;
    for (const peer of this.roster.clear()) this.#host.emit("peer-left", peer, "reset");
  }

  #process(response: SignalResponse): void {
    const { seq, body } = response;
    switch (body.case) {
      case "peerJoined": {
        const peer = body.value.peer && this.roster.joined(seq, body.value.peer);
        if (peer !== undefined) this.#host.emit("peer", peer);
        return;
      }
      case "peerLeft": {
        const peer = this.roster.left(seq, body.value.peerId);
        if (peer !== undefined) this.#host.emit("peer-left", peer, leaveCause(body.value.reason));
        return;
      }
      case "rejected":
        return this.#host.rejected(body.value);
      default:
        this.#relayed(response);
    }
  }

  #relayed(response: SignalResponse): void {
    const { seq, sender, negotiationId } = response;
    const body = relayedBody(response);
    const from = this.roster.sender(sender);
    if (body === undefined || from === undefined) return;
    this.#host.emit("trace", {
      direction: "in",
      kind: body.kind,
      peerId: sender,
      negotiationId,
      seq,
      at: this.#host.clock.wallTime(),
      replayed: seq <= this.#replayUntil,
    });
    this.#host.emit("signal", { ...body, from, negotiationId, seq });
  }

  #acknowledge(ack: number): void {
    this.#ack = Math.max(this.#ack, ack);
    if (this.inbox.lastSeq >= this.#replayUntil) this.#host.acknowledged(this.#ack);
  }

  #useIceServers(servers: readonly RTCIceServer[]): void {
    if (JSON.stringify(servers) === JSON.stringify(this.iceServers)) return;
    this.iceServers = servers;
    this.#host.emit("ice-servers", servers);
  }
}
