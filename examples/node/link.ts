import { type RTCIceServer, RTCPeerConnection } from "werift";
import type { IceCandidate, Peer, SignalRequest } from "./gen/parley/v1/signaling.ts";
import { exchangeMegabyte } from "./megabyte.ts";

export interface LinkOptions {
  readonly peer: Peer;
  /** Names the negotiation in every signal of this link. */
  readonly negotiationId: string;
  readonly iceServers: RTCIceServer[];
  readonly send: (body: SignalRequest["body"]) => void;
}

/** A connection with one peer: one negotiation. */
export class Link {
  readonly negotiationId: string;
  readonly #peerId: string;
  readonly #connection: RTCPeerConnection;
  readonly #send: LinkOptions["send"];
  #steps: Promise<void> = Promise.resolve();
  #closed = false;

  constructor({ peer, negotiationId, iceServers, send }: LinkOptions) {
    this.#peerId = peer.peerId;
    this.negotiationId = negotiationId;
    this.#send = send;
    this.#connection = new RTCPeerConnection({ iceServers });
    this.#connection.onicecandidate = ({ candidate }) => this.#trickle(candidate);
    this.#connection.ondatachannel = ({ channel }) => {
      if (channel.label === "megabyte") exchangeMegabyte(channel, peer.peerId);
    };
    this.#connection.onconnectionstatechange = () => {
      console.log(`connection with ${peer.peerId}: ${this.#connection.connectionState}`);
    };
  }

  /** Whether an offer of this side waits for its answer. */
  get offering(): boolean {
    return this.#connection.signalingState === "have-local-offer";
  }

  /** Makes the first offer, for one data channel. */
  offer(): void {
    exchangeMegabyte(this.#connection.createDataChannel("megabyte"), this.#peerId);
    this.#inTurn(async () => {
      await this.#connection.setLocalDescription(await this.#connection.createOffer());
      this.#send({ $case: "offer", value: { sdp: this.#localSdp } });
    });
  }

  /** Takes the description of the peer, and answers an offer. */
  describe(type: "offer" | "answer" | "pranswer", description: string): void {
    this.#inTurn(async () => {
      await this.#connection.setRemoteDescription({ type, sdp: description });
      if (type !== "offer") return;
      await this.#connection.setLocalDescription(await this.#connection.createAnswer());
      this.#send({ $case: "answer", value: { sdp: this.#localSdp, provisional: false } });
    });
  }

  addCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: IceCandidate): void {
    this.#inTurn(async () => {
      // Not waited for: to look up the mDNS name that a browser hides an address behind may take seconds.
      const added = this.#connection.addIceCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment });
      added.catch((error: unknown) => this.#report(error));
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    void this.#connection.close();
  }

  get #localSdp(): string {
    return this.#connection.localDescription?.sdp ?? "";
  }

  /** In turn, so that no candidate is sent before the description it belongs to. An empty one is their end. */
  #trickle(candidate?: Partial<IceCandidate> | null): void {
    const { candidate: attribute = "", sdpMid, sdpMLineIndex, usernameFragment } = candidate ?? {};
    this.#inTurn(async () => {
      const value = { candidate: attribute, sdpMid, sdpMLineIndex, usernameFragment };
      this.#send({ $case: "iceCandidate", value });
    });
  }

  /** Each step of a negotiation needs the one before. */
  #inTurn(step: () => Promise<void>): void {
    this.#steps = this.#steps.then(async () => {
      if (!this.#closed) await step().catch((error: unknown) => this.#report(error));
    });
  }

  #report(error: unknown): void {
    if (this.#closed) return;
    console.log(`link with ${this.#peerId}: ${error instanceof Error ? error.message : error}`);
  }
}
