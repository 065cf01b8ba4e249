import type { Clock } from "./clock.ts";
import { fragmentOf } from "./description-facts.ts";

/** How often the statistics are read, in milliseconds. */
const everyMs = 1_000;
/** How many readings in a row without media mean that nothing arrives. */
const readings = 3;
/** Payload bytes in one reading that media alone explains. */
const mediaBytes = 300;

/** The parts of the statistics that are read here (W3C webrtc-stats). */
interface Stat {
  readonly type: string;
  readonly packetsReceived?: number;
  readonly packetsSent?: number;
  readonly bytesReceived?: number;
  readonly messagesReceived?: number;
  readonly messagesSent?: number;
}

interface Reading {
  /** Media packets that were decrypted. */
  readonly packets: number;
  /** Media packets that the peer reports to have sent. */
  readonly reported: number;
  /** Bytes that came by the path. */
  readonly bytes: number;
  /** Messages of data channels, in and out. */
  readonly messages: number;
  /** The ICE generations of both sides: others after a restart. */
  readonly generation: string;
}

/**
 * Notices that a connected link receives no media although it should: the peer reports to send some, packets arrive
 * that cannot be decrypted, or what came until an ICE restart does not come after it. Every state of the connection
 * says "connected" meanwhile.
 */
export class ReceiveWatch {
  readonly #clock: Clock;
  readonly #changed: (starved: boolean) => void;
  #connection: RTCPeerConnection | undefined;
  #last: Reading | undefined;
  #suspicious = 0;
  /** Whether media came in the last reading that saw any, and ICE was restarted since. */
  #cut = false;
  #flowed = false;
  #starved = false;
  #stop: (() => void) | undefined;

  constructor(clock: Clock, changed: (starved: boolean) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Watches a connection while it is connected; forgets it in every other state. */
  state(connection: RTCPeerConnection): void {
    if (connection.connectionState !== "connected") return this.stop();
    if (connection === this.#connection) return;
    this.stop();
    this.#connection = connection;
    this.#next(connection);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#connection = undefined;
    this.#last = undefined;
    this.#suspicious = 0;
    this.#cut = false;
    this.#flowed = false;
    this.#set(false);
  }

  #next(connection: RTCPeerConnection): void {
    this.#stop = this.#clock.after(everyMs, () => void this.#read(connection));
  }

  async #read(connection: RTCPeerConnection): Promise<void> {
    if (expectsMedia(connection)) {
      const reading = await readingOf(connection);
      if (connection !== this.#connection) return;
      if (this.#last !== undefined) this.#judge(this.#last, reading);
      this.#last = reading;
    }
    this.#next(connection);
  }

  #judge(before: Reading, now: Reading): void {
    const came = now.packets !== before.packets;
    const quiet = now.messages === before.messages;
    if (now.generation !== before.generation) this.#cut = this.#flowed;
    if (came) this.#cut = false;
    this.#flowed = came || this.#cut;
    const sent =
      this.#cut || now.reported > before.reported || (quiet && now.bytes - before.bytes > mediaBytes);
    if (came) this.#suspicious = 0;
    else if (sent) this.#suspicious++;
    this.#set(this.#suspicious >= readings);
  }

  #set(starved: boolean): void {
    if (starved === this.#starved) return;
    this.#starved = starved;
    this.#changed(starved);
  }
}

function expectsMedia(connection: RTCPeerConnection): boolean {
  // Not in every runtime.
  const receivers = connection.getReceivers?.() ?? [];
  return receivers.some(({ track }) => track.readyState === "live");
}

async function readingOf(connection: RTCPeerConnection): Promise<Reading> {
  let [packets, reported, bytes, messages] = [0, 0, 0, 0];
  (await connection.getStats()).forEach((stat: Stat) => {
    if (stat.type === "inbound-rtp") packets += stat.packetsReceived ?? 0;
    if (stat.type === "remote-outbound-rtp") reported += stat.packetsSent ?? 0;
    if (stat.type === "candidate-pair") bytes += stat.bytesReceived ?? 0;
    if (stat.type === "data-channel") messages += (stat.messagesReceived ?? 0) + (stat.messagesSent ?? 0);
  });
  const { localDescription, remoteDescription } = connection;
  const generation = [localDescription, remoteDescription]
    .map((each) => fragmentOf(each?.sdp ?? ""))
    .join(" ");
  return { packets, reported, bytes, messages, generation };
}
