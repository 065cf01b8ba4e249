/** What getStats says of one connection. Types and protocols only: addresses are personal data. */
export interface ConnectionFacts {
  readonly pair: CandidatePair | undefined;
  readonly video: VideoFacts | undefined;
}

/** The selected candidate pair. */
export interface CandidatePair {
  /** `host`, `srflx`, `prflx` or `relay` (RFC 8445). */
  readonly localType: string;
  readonly remoteType: string;
  /** `udp` or `tcp`. */
  readonly protocol: string;
  /** Of the last STUN check, in milliseconds. */
  readonly roundTripMs: number | undefined;
}

/** What was received and decoded of the remote picture. */
export interface VideoFacts {
  readonly width: number;
  readonly height: number;
  readonly framesDecoded: number;
  readonly framesPerSecond: number;
}

/** The parts of the stats that are read here, all optional as browsers differ (W3C webrtc-stats). */
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
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesDecoded?: number;
  readonly framesPerSecond?: number;
}

/** Reads the facts of a connection. */
export async function connectionFacts(connection: RTCPeerConnection): Promise<ConnectionFacts> {
  const stats = new Map<string, Stat>();
  (await connection.getStats()).forEach((stat: Stat) => {
    stats.set(stat.id, stat);
  });
  return { pair: selectedPair(stats), video: remoteVideo(stats) };
}

function selectedPair(stats: ReadonlyMap<string, Stat>): CandidatePair | undefined {
  const all = [...stats.values()];
  const transport = all.find((stat) => stat.selectedCandidatePairId !== undefined);
  // Firefox marks the pair itself instead of naming it in the transport.
  const pair =
    stats.get(transport?.selectedCandidatePairId ?? "") ??
    all.find((stat) => stat.type === "candidate-pair" && stat.selected === true);
  if (pair === undefined) return undefined;
  const local = stats.get(pair.localCandidateId ?? "");
  const remote = stats.get(pair.remoteCandidateId ?? "");
  return {
    localType: local?.candidateType ?? "unknown",
    remoteType: remote?.candidateType ?? "unknown",
    protocol: local?.protocol ?? "unknown",
    roundTripMs: pair.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
  };
}

function remoteVideo(stats: ReadonlyMap<string, Stat>): VideoFacts | undefined {
  const video = [...stats.values()].find((stat) => stat.type === "inbound-rtp" && stat.kind === "video");
  if (video === undefined) return undefined;
  return {
    width: video.frameWidth ?? 0,
    height: video.frameHeight ?? 0,
    framesDecoded: video.framesDecoded ?? 0,
    framesPerSecond: video.framesPerSecond ?? 0,
  };
}
