import { fragmentOf } from "./description-facts.ts";
import { receiversOf } from "./rtp-parts.ts";

/** How much media a connection has received until now. */
export interface MediaReading {
  /** Media packets that were decrypted. */
  readonly packets: number;
  /** Media packets that the peer reports to have sent. */
  readonly reported: number;
  /** Bytes that came by the paths. */
  readonly bytes: number;
  /** Messages of data channels, in and out. */
  readonly messages: number;
  /** The ICE generations of both sides: others after a restart. */
  readonly generation: string;
}

/** The parts of the statistics that are read here (W3C webrtc-stats). */
interface Stat {
  readonly type: string;
  readonly packetsReceived?: number;
  readonly packetsSent?: number;
  readonly bytesReceived?: number;
  readonly messagesReceived?: number;
  readonly messagesSent?: number;
}

/** Reads a connection; undefined if it receives no tracks. */
export async function readMedia(connection: RTCPeerConnection): Promise<MediaReading | undefined> {
  // Not every runtime has receivers.
  const receivers = receiversOf(connection);
  if (!receivers.some(({ track }) => track.readyState === "live")) return undefined;
  let [packets, reported, bytes, messages] = [0, 0, 0, 0];
  (await connection.getStats()).forEach((stat: Stat) => {
    if (stat.type === "inbound-rtp") packets += stat.packetsReceived ?? 0;
    if (stat.type === "remote-outbound-rtp") reported += stat.packetsSent ?? 0;
    if (stat.type === "candidate-pair") bytes += stat.bytesReceived ?? 0;
    if (stat.type === "data-channel") messages += (stat.messagesReceived ?? 0) + (stat.messagesSent ?? 0);
  });
  const { localDescription, remoteDescription } = connection;
  const fragments = [localDescription, remoteDescription].map((each) => fragmentOf(each?.sdp ?? ""));
  return { packets, reported, bytes, messages, generation: fragments.join(" ") };
}
