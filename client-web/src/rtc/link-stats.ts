import type { PeerLink } from "./peer-link.ts";

/** How a link is doing. What the browser does not report is undefined. */
export interface LinkStats {
  /** The selected pair of candidates; undefined while there is none. */
  readonly path: LinkPath | undefined;
  /** Of the last STUN check, in milliseconds. */
  readonly roundTripMs: number | undefined;
  /** The share of incoming media packets that were lost since the last call of `linkStats`, from 0 to 1. */
  readonly loss: number | undefined;
  /** Bits per second since the last call of `linkStats`; undefined in the first one. */
  readonly sentBitrate: number | undefined;
  readonly receivedBitrate: number | undefined;
  /** The largest incoming picture. */
  readonly video: VideoStats | undefined;
}

/** The path that a link takes. Types and protocol only: addresses are personal data. */
export interface LinkPath {
  /** `host`, `srflx`, `prflx` or `relay` (RFC 8445). */
  readonly localType: string;
  readonly remoteType: string;
  /** `udp` or `tcp`. */
  readonly protocol: string;
}

/** What was received and decoded of a picture. */
export interface VideoStats {
  readonly width: number;
  readonly height: number;
  readonly framesDecoded: number;
  readonly framesPerSecond: number;
}

/** The parts of the statistics that are read here, all optional as browsers differ (W3C webrtc-stats). */
interface Stat {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly selectedCandidatePairId?: string;
  readonly selected?: boolean;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly candidateType?: string;
  readonly protocol?: string;
  readonly currentRoundTripTime?: number;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesDecoded?: number;
  readonly framesPerSecond?: number;
}

const readers = new WeakMap<PeerLink, StatsReader>();

/** How a link is doing; losses and bitrates are those since the call before. */
export function linkStats(link: PeerLink): Promise<LinkStats> {
  const reader = readers.get(link) ?? new StatsReader();
  readers.set(link, reader);
  return reader.read(link.connection);
}

/** Reads the statistics of a link; each reading is compared with the one before. */
class StatsReader {
  #connection: RTCPeerConnection | undefined;
  #before: { at: number; sent: number; received: number; packets: number; lost: number } | undefined;

  async read(connection: RTCPeerConnection): Promise<LinkStats> {
    const stats = new Map<string, Stat>();
    (await connection.getStats()).forEach((stat: Stat) => {
      stats.set(stat.id, stat);
    });
    const pair = selectedPair(stats);
    const inbound = [...stats.values()].filter(({ type }) => type === "inbound-rtp");
    const now = {
      at: performance.now(),
      sent: pair?.bytesSent ?? 0,
      received: pair?.bytesReceived ?? 0,
      packets: sum(inbound, ({ packetsReceived }) => packetsReceived),
      lost: sum(inbound, ({ packetsLost }) => packetsLost),
    };
    const before = connection === this.#connection ? this.#before : undefined;
    this.#connection = connection;
    this.#before = now;
    return {
      path: pair && pathOf(pair, stats),
      roundTripMs: pair?.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
      loss: before && lossOf(now.lost - before.lost, now.packets - before.packets),
      sentBitrate: before && bitrate(now.sent - before.sent, now.at - before.at),
      receivedBitrate: before && bitrate(now.received - before.received, now.at - before.at),
      video: videoOf(inbound),
    };
  }
}

function sum(stats: readonly Stat[], value: (stat: Stat) => number | undefined): number {
  return stats.reduce((total, stat) => total + (value(stat) ?? 0), 0);
}

function lossOf(lost: number, received: number): number | undefined {
  const all = lost + received;
  // Duplicates make the loss of RFC 3550 negative.
  return all > 0 ? Math.max(0, lost) / all : undefined;
}

function bitrate(bytes: number, milliseconds: number): number | undefined {
  return milliseconds > 0 && bytes >= 0 ? Math.round((bytes * 8 * 1000) / milliseconds) : undefined;
}

function selectedPair(stats: ReadonlyMap<string, Stat>): Stat | undefined {
  const all = [...stats.values()];
  const transport = all.find(({ selectedCandidatePairId }) => selectedCandidatePairId !== undefined);
  // Firefox marks the pair itself instead of naming it in the transport.
  return (
    stats.get(transport?.selectedCandidatePairId ?? "") ??
    all.find(({ type, selected }) => type === "candidate-pair" && selected === true)
  );
}

function pathOf(pair: Stat, stats: ReadonlyMap<string, Stat>): LinkPath {
  const local = stats.get(pair.localCandidateId ?? "");
  const remote = stats.get(pair.remoteCandidateId ?? "");
  return {
    localType: local?.candidateType ?? "unknown",
    remoteType: remote?.candidateType ?? "unknown",
    protocol: local?.protocol ?? "unknown",
  };
}

function videoOf(inbound: readonly Stat[]): VideoStats | undefined {
  const videos = inbound.filter(({ kind }) => kind === "video");
  const [largest] = videos.sort((one, other) => (other.frameWidth ?? 0) - (one.frameWidth ?? 0));
  if (largest === undefined) return undefined;
  return {
    width: largest.frameWidth ?? 0,
    height: largest.frameHeight ?? 0,
    framesDecoded: largest.framesDecoded ?? 0,
    framesPerSecond: largest.framesPerSecond ?? 0,
  };
}
