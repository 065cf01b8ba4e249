import type { VectorSignal } from "../vector.ts";
import type { Collected } from "./w3c-scenarios.ts";

/** The part of node-datachannel's own API that is used here; its copy of the API of W3C has no media. */
interface PeerConnection {
  onLocalDescription(listener: (sdp: string, type: string) => void): void;
  onLocalCandidate(listener: (candidate: string, mid: string) => void): void;
  onGatheringStateChange(listener: (state: string) => void): void;
  onTrack(listener: (track: object) => void): void;
  createDataChannel(label: string): object;
  addTrack(media: object): object;
  setLocalDescription(): void;
  setRemoteDescription(sdp: string, type: string): void;
  close(): void;
}

export interface NodeDataChannel {
  readonly PeerConnection: new (name: string, configuration: object) => PeerConnection;
  readonly Audio: new (mid: string, direction: string) => { addOpusCodec(payloadType: number): void };
  readonly Video: new (mid: string, direction: string) => { addVP8Codec(payloadType: number): void };
  cleanup(): void;
}

/** Plays what libdatachannel can do: it negotiates once, and neither restarts nor stops anything. */
export async function playNodeDataChannel(sections: number, stack: NodeDataChannel): Promise<Collected> {
  const scenarios: Record<string, VectorSignal[]> = {};
  const addVideo = (pc: PeerConnection, mid: string) => {
    const video = new stack.Video(mid, "SendRecv");
    video.addVP8Codec(96);
    pc.addTrack(video);
  };
  const addAudio = (pc: PeerConnection, mid: string) => {
    const audio = new stack.Audio(mid, "SendRecv");
    audio.addOpusCodec(111);
    pc.addTrack(audio);
  };
  scenarios["data only, trickled"] = await negotiate(stack, (pc) => void pc.createDataChannel("data"));
  scenarios["audio, video and data"] = await negotiate(stack, (pc) => {
    addAudio(pc, "audio");
    addVideo(pc, "video");
    pc.createDataChannel("data");
  });
  scenarios[`${sections} video sections`] = await negotiate(stack, (pc) => {
    for (let count = 0; count < sections; count++) addVideo(pc, `video${count}`);
  });
  const once = "node-datachannel negotiates once";
  return { scenarios, unsupported: { restart: once, "stopped media": once, "rejected video": once } };
}

/** One offer and its answer, and all candidates of both sides. */
async function negotiate(
  stack: NodeDataChannel,
  prepare: (pc: PeerConnection) => void,
): Promise<VectorSignal[]> {
  const signals: VectorSignal[] = [];
  const a = new stack.PeerConnection("a", { iceServers: [], disableAutoNegotiation: true });
  const b = new stack.PeerConnection("b", { iceServers: [] });
  // Without a listener, a track that comes is dropped, and rejected.
  const tracks: object[] = [];
  b.onTrack((track) => void tracks.push(track));
  const gathered = [a, b].map((pc) => {
    pc.onLocalCandidate((candidate, sdpMid) => void signals.push({ kind: "candidate", candidate, sdpMid }));
    return new Promise<void>((resolve) => {
      pc.onGatheringStateChange((state) => {
        if (state === "complete") resolve();
      });
    });
  });
  const kindOf = (type: string) => (type === "offer" ? "offer" : "answer");
  const described = [
    [a, b],
    [b, a],
  ].map(
    ([from, to]) =>
      new Promise<void>((resolve) => {
        from?.onLocalDescription((sdp, type) => {
          signals.push({ kind: kindOf(type), sdp });
          to?.setRemoteDescription(sdp, type);
          resolve();
        });
      }),
  );
  prepare(a);
  a.setLocalDescription();
  await Promise.all([...gathered, ...described]);
  a.close();
  b.close();
  return signals;
}
