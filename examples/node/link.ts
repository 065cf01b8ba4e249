import { type RTCDataChannel, type RTCIceServer, RTCPeerConnection } from "werift";
import type { IceCandidate, SignalRequest } from "./gen/parley/v1/signaling.ts";

/** A connection to one peer. What its channels say is echoed. */
export class Link {
  readonly peerId: string;
  /** Names the negotiation in every signal of this link. */
  readonly negotiationId: string;
  /** Set once the swap was told of. */
  complete = false;
  /** How many candidates of the peer came. */
  candidates = 0;
  readonly #connection: RTCPeerConnection;
  readonly #send: (body: SignalRequest["body"]) => void;
  #tasks: Promise<void> = Promise.resolve();
  #described = false;
  #theirEnd = false;
  #ownEnd = false;
  #closed = false;

  constructor(
    peerId: string,
    negotiationId: string,
    iceServers: RTCIceServer[],
    send: (body: SignalRequest["body"]) => void,
  ) {
    this.peerId = peerId;
    this.negotiationId = negotiationId;
    this.#send = send;
    this.#connection = new RTCPeerConnection({ iceServers });
    this.#connection.onicecandidate = ({ candidate }) => this.#gathered(candidate);
    this.#connection.ondatachannel = ({ channel }) => this.#echo(channel);
    this.#connection.onconnectionstatechange = () => {
      console.log(`connection with ${peerId}: ${this.#connection.connectionState}`);
    };
  }

  /** Whether an offer of this side waits for its answer. */
  get offering(): boolean {
    return this.#connection.signalingState === "have-local-offer";
  }

  /** Whether both sides have said all they had to say. */
  get swapped(): boolean {
    return this.#described && this.#theirEnd && this.#ownEnd;
  }

  /** Makes the first offer, for one data channel. */
  offer(): void {
    this.#echo(this.#connection.createDataChannel("parley"));
    this.#serially(async () => {
      await this.#connection.setLocalDescription(await this.#connection.createOffer());
      this.#say("offer", { $case: "offer", value: { sdp: this.#localSdp() } });
    });
  }

  /** Takes the description of the peer, and answers an offer. */
  describe(type: "offer" | "answer" | "pranswer", sdp: string): void {
    this.#serially(async () => {
      await this.#connection.setRemoteDescription({ type, sdp });
      this.#described = true;
      if (type !== "offer") return;
      await this.#connection.setLocalDescription(await this.#connection.createAnswer());
      this.#say("answer", { $case: "answer", value: { sdp: this.#localSdp(), provisional: false } });
    });
  }

  addCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: IceCandidate): void {
    console.log(`from ${this.peerId}: ${candidate || "end of candidates"}`);
    if (candidate === "") this.#theirEnd = true;
    else this.candidates++;
    this.#serially(async () => {
      // Not waited for: to look up the mDNS name that a browser hides an address behind may take seconds.
      const added = this.#connection.addIceCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment });
      added.catch((error) => this.#report(error));
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.onconnectionstatechange = null;
    void this.#connection.close();
  }

  #gathered(candidate?: Partial<IceCandidate> | null): void {
    // In turn, so that no candidate is sent before the description it belongs to.
    this.#serially(async () => {
      if (this.#ownEnd) return;
      const { sdpMid, sdpMLineIndex, usernameFragment } = candidate ?? {};
      const attribute = candidate?.candidate ?? "";
      this.#ownEnd = attribute === "";
      this.#say(attribute || "end of candidates", {
        $case: "iceCandidate",
        value: { candidate: attribute, sdpMid, sdpMLineIndex, usernameFragment },
      });
    });
  }

  #echo(channel: RTCDataChannel): void {
    const opened = () => console.log(`channel ${channel.label} with ${this.peerId} is open`);
    if (channel.readyState === "open") opened();
    else channel.onopen = opened;
    channel.onmessage = ({ data }) => {
      console.log(`from ${this.peerId} on channel ${channel.label}: ${data}`);
      channel.send(data);
    };
  }

  #say(what: string, body: SignalRequest["body"]): void {
    console.log(`to ${this.peerId}: ${what}`);
    this.#send(body);
  }

  #localSdp(): string {
    return this.#connection.localDescription?.sdp ?? "";
  }

  /** One after another: each step of a negotiation needs the one before. */
  #serially(task: () => Promise<void>): void {
    this.#tasks = this.#tasks.then(async () => {
      if (this.#closed) return;
      try {
        await task();
      } catch (error) {
        this.#report(error);
      }
    });
  }

  #report(error: unknown): void {
    if (this.#closed) return;
    console.log(`link with ${this.peerId}: ${error instanceof Error ? error.message : error}`);
  }
}
