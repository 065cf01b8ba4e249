import type { VectorSignal } from "../vector.ts";

/** What the scenarios of one stack resulted in. */
export interface Collected {
  readonly scenarios: Record<string, VectorSignal[]>;
  readonly unsupported: Record<string, string>;
}

/**
 * Plays every scenario on a stack that has the API of W3C. It runs inside of a page too, so it stands for itself: all
 * that it needs is in it.
 *
 * @param sections how many media sections the largest offer has
 */
export async function playScenarios(sections: number, given?: typeof RTCPeerConnection): Promise<Collected> {
  const Connection = given ?? RTCPeerConnection;
  const scenarios: Record<string, VectorSignal[]> = {};
  const unsupported: Record<string, string> = {};

  class Pair {
    readonly a = new Connection({ iceServers: [] });
    readonly b = new Connection({ iceServers: [] });
    readonly signals: VectorSignal[] = [];

    constructor() {
      this.trickle(this.a, this.b);
      this.trickle(this.b, this.a);
    }

    trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
      from.onicecandidate = ({ candidate }) => {
        const { sdpMid, sdpMLineIndex, usernameFragment } = candidate ?? {};
        this.signals.push({
          kind: "candidate",
          candidate: candidate?.candidate ?? "",
          ...(typeof sdpMid === "string" ? { sdpMid } : {}),
          ...(typeof sdpMLineIndex === "number" ? { sdpMLineIndex } : {}),
          ...(typeof usernameFragment === "string" ? { usernameFragment } : {}),
        });
        // Whether the two connect does not matter, so one that comes too early may get lost.
        if (candidate && to.remoteDescription) to.addIceCandidate(candidate).catch(() => {});
      };
    }

    /** One offer and its answer, and all candidates of both sides. */
    async negotiate(
      options: RTCOfferOptions = {},
      beforeAnswer = (_b: RTCPeerConnection) => {},
    ): Promise<void> {
      const offer = await this.a.createOffer(options);
      this.signals.push({ kind: "offer", sdp: offer.sdp ?? "" });
      await this.a.setLocalDescription(offer);
      await this.b.setRemoteDescription(offer as RTCSessionDescriptionInit);
      beforeAnswer(this.b);
      const answer = await this.b.createAnswer();
      this.signals.push({ kind: "answer", sdp: answer.sdp ?? "" });
      await this.b.setLocalDescription(answer);
      await this.a.setRemoteDescription(answer as RTCSessionDescriptionInit);
      await this.gathered();
    }

    async gathered(): Promise<void> {
      const deadline = Date.now() + 5000;
      const complete = (side: RTCPeerConnection) => side.iceGatheringState === "complete";
      while (!(complete(this.a) && complete(this.b)) && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async function play(name: string, scenario: (pair: Pair) => Promise<void>): Promise<void> {
    const pair = new Pair();
    try {
      await scenario(pair);
      scenarios[name] = pair.signals;
    } catch (error) {
      unsupported[name] = error instanceof Error ? error.message : String(error);
    } finally {
      pair.a.onicecandidate = null;
      pair.b.onicecandidate = null;
      pair.a.close();
      pair.b.close();
    }
  }

  await play("nothing added yet", async ({ a, signals }) => {
    const { sdp = "" } = await a.createOffer();
    signals.push({ kind: "offer", sdp });
  });

  await play("data only, trickled", async (pair) => {
    pair.a.createDataChannel("data");
    await pair.negotiate();
  });

  await play("data only, complete before it is sent", async (pair) => {
    pair.a.createDataChannel("data");
    await pair.negotiate();
    const complete = [pair.a.localDescription, pair.b.localDescription];
    pair.signals.length = 0;
    for (const description of complete) {
      if (description?.type === "offer" || description?.type === "answer") {
        pair.signals.push({ kind: description.type, sdp: description.sdp });
      }
    }
  });

  await play("audio, video and data", async (pair) => {
    pair.a.addTransceiver("audio");
    pair.a.addTransceiver("video");
    pair.a.createDataChannel("data");
    await pair.negotiate();
  });

  await play("restart", async (pair) => {
    pair.a.createDataChannel("data");
    await pair.negotiate();
    await pair.negotiate({ iceRestart: true });
  });

  await play("rejected video", async (pair) => {
    pair.a.addTransceiver("audio");
    pair.a.addTransceiver("video");
    await pair.negotiate({}, (b) => b.getTransceivers()[1]?.stop());
  });

  await play("everything rejected", async (pair) => {
    pair.a.addTransceiver("audio");
    pair.a.addTransceiver("video");
    await pair.negotiate({}, (b) => {
      for (const transceiver of b.getTransceivers()) transceiver.stop();
    });
  });

  await play("stopped media", async (pair) => {
    const audio = pair.a.addTransceiver("audio");
    pair.a.addTransceiver("video");
    await pair.negotiate();
    audio.stop();
    await pair.negotiate();
  });

  await play("everything stopped", async (pair) => {
    const audio = pair.a.addTransceiver("audio");
    await pair.negotiate();
    audio.stop();
    await pair.negotiate();
  });

  await play("one way", async (pair) => {
    pair.a.addTransceiver("audio", { direction: "recvonly" });
    pair.a.addTransceiver("video", { direction: "sendonly" });
    await pair.negotiate();
  });

  await play("simulcast", async (pair) => {
    const sendEncodings = ["q", "h", "f"].map((rid) => ({ rid }));
    pair.a.addTransceiver("video", { direction: "sendonly", sendEncodings });
    await pair.negotiate();
  });

  await play(`${sections} video sections`, async (pair) => {
    for (let count = 0; count < sections; count++) pair.a.addTransceiver("video");
    await pair.negotiate();
  });

  return { scenarios, unsupported };
}
