import {
  backoff,
  joinRoom,
  type LeaveCause,
  type PeerInfo,
  type PeerLink,
  type Room,
  SignalingError,
} from "../../src/index.ts";
import type { MediaState } from "../media/own-media.ts";
import { peerIdOf } from "../peer-name.ts";
import { type Call, type CallObserver, type CallOptions, JoinError } from "./call.ts";
import { Hold } from "./hold.ts";
import { LinkedPeer, memberOf } from "./peer-call.ts";
import { SessionWatch } from "./session-watch.ts";

/** How long the page tries to reach the service before it says that it cannot, in milliseconds. */
const joinTimeoutMs = 8_000;

const leftWords: Readonly<Record<LeaveCause, string>> = {
  left: "left",
  expired: "is gone: the connection did not come back",
  replaced: "is gone: the name was taken over",
  overflowed: "is gone: too far behind",
  lost: "is gone: the service lost its session",
  removed: "is gone: the service ended its session",
  unknown: "is gone",
  reset: "is gone: this page lost its session",
};

/**
 * Joins a room, and calls everybody who is in it or comes in. Rejects with a `JoinError`; from then on, or
 * once the call is left, the observer is not called any more.
 */
export async function joinCall(options: CallOptions, observer: CallObserver): Promise<Call> {
  const { room: name, stream, signal, onWaiting } = options;
  const hold = new Hold();
  const policy = backoff();
  try {
    const room = await joinRoom({
      room: name,
      peerId: peerIdOf(options.name),
      metadata: metadataOf(options.name, options.media),
      joinTimeoutMs,
      signal,
      onWaiting,
      reconnect: (attempt, error) => hold.extend(policy(attempt, error)),
    });
    return new RoomCall(room, options.name, stream, hold, observer);
  } catch (error) {
    if (error instanceof SignalingError) throw new JoinError(error.reason, error.message, error);
    throw error;
  }
}

/** A room of the client library in the terms of the page. */
class RoomCall implements Call {
  readonly #room: Room;
  readonly #name: string;
  readonly #hold: Hold;
  readonly #observer: CallObserver;
  readonly #peers = new Map<PeerInfo, LinkedPeer>();

  constructor(room: Room, name: string, stream: MediaStream, hold: Hold, observer: CallObserver) {
    this.#room = room;
    this.#name = name;
    this.#hold = hold;
    this.#observer = observer;
    observer.joined(memberOf(room.self));
    new SessionWatch(room.client, observer);
    room.client.on("lobby", (waiting) => this.#lobby(waiting));
    this.#lobby(room.client.lobby);
    room.addStream(stream);
    // In this order: those who are there already are called before the links that they have begun are looked at.
    room.on("peer", (peer) => this.#show(room.connect(peer)));
    room.on("peer-updated", (peer) => this.#changed(peer));
    room.on("link", (link) => this.#take(link));
    room.on("peer-left", (peer, cause) => this.#lose(peer, leftWords[cause]));
  }

  cut(holdMs: number): void {
    this.#hold.start(holdMs);
    this.#room.client.cut();
  }

  leave(): Promise<void> {
    return this.#room.leave();
  }

  replaceTrack(before: MediaStreamTrack, after: MediaStreamTrack | null): Promise<void> {
    return this.#room.replaceTrack(before, after);
  }

  addStream(stream: MediaStream): void {
    this.#room.addStream(stream);
  }

  publish(media: MediaState): void {
    // If the others are not notified, they see it by what is sent.
    this.#room.setMetadata(metadataOf(this.#name, media)).catch(() => {});
  }

  #lobby(waiting: readonly PeerInfo[]): void {
    const { client } = this.#room;
    // What a decision that fails leaves behind is in the next list.
    const decide = (decision: Promise<void>) => void decision.catch(() => {});
    const waiters = waiting.map((peer) => ({
      member: memberOf(peer),
      admit: () => decide(client.admit(peer)),
      turnAway: () => decide(client.turnAway(peer)),
    }));
    this.#observer.lobby(waiters);
  }

  #changed(peer: PeerInfo): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    known.update();
    this.#observer.peerChanged(known);
  }

  /** A peer began another link: it takes the place of the one that there was. */
  #take(link: PeerLink): void {
    const known = this.#peers.get(link.peer);
    if (known === undefined) this.#show(link);
    else known.follow(link);
  }

  #show(link: PeerLink): void {
    const peer: LinkedPeer = new LinkedPeer(link, (reason, message) =>
      this.#observer.failed(peer, reason, message),
    );
    this.#peers.set(link.peer, peer);
    this.#observer.peerJoined(peer);
  }

  #lose(peer: PeerInfo, words: string): void {
    const lost = this.#peers.get(peer);
    this.#peers.delete(peer);
    if (lost !== undefined) this.#observer.peerLeft(lost, words);
  }
}

function metadataOf(name: string, { picture, microphone }: MediaState): Record<string, string> {
  return { name, picture, microphone };
}
