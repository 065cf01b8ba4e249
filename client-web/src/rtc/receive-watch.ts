import type { Clock } from "../clock.ts";
import { type MediaReading, readMedia } from "./media-reading.ts";

/** How often the statistics are read, in milliseconds. */
const everyMs = 1_000;
/** How often they are read after an ICE restart, in milliseconds. */
const alertEveryMs = 200;
/** How long after a restart they are, in milliseconds. */
const alertMs = 15_000;
/** After how many readings in a row without media none arrives. */
const starvedAfter = 3;
/** After how many more of them a restart has not helped. */
const hopelessAfter = 10;
/** How long after a restart of its own there is no other one, in milliseconds: it would stop media that is just coming back. */
const restartEveryMs = 5_000;
/**
 * How many packets have to be missing before silence alone counts: a screen that does not move, or a slow camera, sends
 * only a few in a second.
 */
const packetsMissed = 5;
/** Payload bytes in one reading that media alone explains. */
const mediaBytes = 300;

/** What a watch reports. */
export interface ReceiveWatchHost {
  readonly clock: Clock;
  /** Whether media arrives again, or does not. */
  starved(starved: boolean): void;
  /** Something has to be done: first, the path may be wrong; then, the keys are. */
  repair(step: "restart" | "rebuild"): void;
}

/**
 * Notices that a connected link receives no media although it should: the peer reports to send some, packets arrive
 * that cannot be decrypted, or what came until an ICE restart stops after it. Every state of the connection says
 * "connected" meanwhile. Seen in Firefox after about one of twenty restarts.
 */
export class ReceiveWatch {
  readonly #host: ReceiveWatchHost;
  #connection: RTCPeerConnection | undefined;
  #last: MediaReading | undefined;
  #stop: (() => void) | undefined;
  /** Whether media came, until it stopped or was stopped. */
  #flowed = false;
  /** How many packets came in the last second before a restart; many, as long as that is unknown. */
  #pace = Number.POSITIVE_INFINITY;
  #alertUntil = Number.NEGATIVE_INFINITY;
  #restartedAt = Number.NEGATIVE_INFINITY;
  /** Whether a restart is due, perhaps a little later. */
  #restartDue = false;
  /** Readings in a row without media; where little is expected, each counts for less. */
  #missing = 0;
  #starved = false;

  constructor(host: ReceiveWatchHost) {
    this.#host = host;
  }

  /** The state of a connection may have changed, or a description was set. */
  look(connection: RTCPeerConnection): void {
    if (connection !== this.#connection) this.#forget();
    this.#connection = connection;
    this.#stop?.();
    if (connection.connectionState === "connected") this.#readAfter(connection, alertEveryMs);
    else this.#found(0);
  }

  stop(): void {
    this.#stop?.();
    this.#forget();
  }

  #forget(): void {
    this.#connection = undefined;
    this.#last = undefined;
    this.#flowed = false;
    this.#found(0);
  }

  #readAfter(connection: RTCPeerConnection, delayMs: number): void {
    this.#stop = this.#host.clock.after(delayMs, () => void this.#read(connection));
  }

  async #read(connection: RTCPeerConnection): Promise<void> {
    const reading = await readMedia(connection);
    if (connection !== this.#connection || connection.connectionState !== "connected") return;
    if (reading !== undefined && this.#last !== undefined) this.#judge(this.#last, reading);
    this.#last = reading;
    this.#stop?.();
    this.#readAfter(connection, this.#isAlert || this.#missing > 0 ? alertEveryMs : everyMs);
  }

  get #isAlert(): boolean {
    return this.#host.clock.now() < this.#alertUntil;
  }

  #judge(before: MediaReading, now: MediaReading): void {
    if (now.generation !== before.generation) this.#alertUntil = this.#host.clock.now() + alertMs;
    if (now.packets !== before.packets) {
      this.#flowed = true;
      // In an alert there is too little time to count in, and what was held back comes at once.
      if (!this.#isAlert) this.#pace = now.packets - before.packets;
      return this.#found(0);
    }
    const undecrypted = now.messages === before.messages && now.bytes - before.bytes > mediaBytes;
    if (now.reported > before.reported || undecrypted) return this.#found(this.#missing + 1);
    if (this.#isAlert && this.#flowed) {
      const missed = (this.#pace * alertEveryMs) / 1_000;
      return this.#found(this.#missing + Math.min(1, (missed * starvedAfter) / packetsMissed));
    }
    // The peer has stopped sending.
    if (!this.#isAlert) this.#flowed = false;
  }

  #found(missing: number): void {
    const before = this.#missing;
    this.#missing = missing;
    const passes = (limit: number) => before < limit && missing >= limit;
    const starved = missing >= starvedAfter;
    if (starved !== this.#starved) {
      this.#starved = starved;
      this.#host.starved(starved);
    }
    if (passes(starvedAfter)) this.#restartDue = true;
    else if (!starved) this.#restartDue = false;
    if (this.#restartDue) this.#restart();
    if (passes(starvedAfter + hopelessAfter)) this.#host.repair("rebuild");
  }

  #restart(): void {
    const now = this.#host.clock.now();
    if (now - this.#restartedAt < restartEveryMs) return;
    this.#restartDue = false;
    this.#restartedAt = now;
    this.#host.repair("restart");
  }
}
