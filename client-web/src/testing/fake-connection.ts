let generations = 0;
let certificates = 0;

/**
 * The state machine of an RTCPeerConnection (W3C WebRTC section 4.4.1) without anything behind it: who offers,
 * who answers, what is rolled back, and which candidates are refused. Real ones are tested in browsers.
 */
export class FakeConnection extends EventTarget {
  signalingState: RTCSignalingState = "stable";
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  iceConnectionState: RTCIceConnectionState = "new";
  iceGatheringState: RTCIceGatheringState = "complete";
  connectionState: RTCPeerConnectionState = "new";
  configuration: RTCConfiguration;
  readonly candidates: string[] = [];
  /** As every browser does, it makes a certificate for itself. */
  readonly fingerprint = `sha-256 ${(++certificates).toString(16).toUpperCase().padStart(2, "0")}:00`;
  /** What the `o=` line names. */
  stack = "-";
  /** How many offers were made here. */
  offers = 0;
  /** Whether an offer of the other side takes back one of this side by itself. */
  rollsBack = true;
  #fragment = "";
  #needed = false;
  #before: [RTCSessionDescriptionInit | null, RTCSessionDescriptionInit | null] = [null, null];

  constructor(configuration: RTCConfiguration) {
    super();
    this.configuration = configuration;
  }

  /** A connection of this kind where a real one is asked for. */
  static create(this: void, configuration: RTCConfiguration): RTCPeerConnection {
    return new FakeConnection(configuration) as unknown as RTCPeerConnection;
  }

  createDataChannel(label: string): { label: string; readyState: string } {
    this.#need();
    return { label, readyState: "open" };
  }

  addTrack(): void {
    this.#need();
  }

  restartIce(): void {
    this.#fragment = "";
    this.#need();
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  async setLocalDescription(description?: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve();
    this.#check();
    if (description?.type === "rollback") return this.#rollback();
    if (this.signalingState === "have-remote-offer") {
      // One channel needs no more than the section that the offer has for it.
      this.#needed = false;
      this.localDescription = this.#describe("answer");
      this.#stable();
    } else {
      this.#before = [this.localDescription, this.remoteDescription];
      this.offers++;
      this.#needed = false;
      this.localDescription = this.#describe("offer");
      this.signalingState = "have-local-offer";
    }
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve();
    this.#check();
    if (description.sdp === "broken") throw new DOMException("no description", "InvalidAccessError");
    if (description.type === "offer") {
      if (this.signalingState === "have-local-offer") {
        if (!this.rollsBack) throw new DOMException("an offer is out", "InvalidStateError");
        this.#rollback();
        this.#needed = true;
      }
      this.remoteDescription = description;
      this.signalingState = "have-remote-offer";
      return;
    }
    if (this.signalingState !== "have-local-offer") throw new DOMException("no offer", "InvalidStateError");
    this.remoteDescription = description;
    this.#stable();
  }

  async addIceCandidate({ candidate, usernameFragment }: RTCIceCandidateInit): Promise<void> {
    const remote = this.remoteDescription?.sdp;
    if (remote === undefined) throw new DOMException("no description", "InvalidStateError");
    if (usernameFragment && !remote.includes(`a=ice-ufrag:${usernameFragment}`)) {
      throw new DOMException("unknown fragment", "OperationError");
    }
    this.candidates.push(candidate ?? "");
  }

  close(): void {
    this.signalingState = "closed";
  }

  /** Finds a candidate, or the end of them. */
  gather(candidate: string | null): void {
    const found = candidate === null ? null : { candidate, usernameFragment: this.#fragment };
    this.dispatchEvent(Object.assign(new Event("icecandidate"), { candidate: found }));
  }

  ice(state: RTCIceConnectionState): void {
    this.iceConnectionState = state;
    this.dispatchEvent(new Event("iceconnectionstatechange"));
  }

  /** DTLS is up: each side has verified the other's certificate. */
  connect(state: RTCPeerConnectionState = "connected"): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  #need(): void {
    this.#needed = true;
    this.#ask();
  }

  #ask(): void {
    queueMicrotask(() => {
      if (this.#needed && this.signalingState === "stable")
        this.dispatchEvent(new Event("negotiationneeded"));
    });
  }

  #describe(type: "offer" | "answer"): RTCSessionDescriptionInit {
    if (this.#fragment === "") this.#fragment = `f${++generations}`;
    const lines = [
      "v=0",
      `o=${this.stack}`,
      `a=fingerprint:${this.fingerprint}`,
      `a=ice-ufrag:${this.#fragment}`,
    ];
    return { type, sdp: lines.map((line) => `${line}\r\n`).join("") };
  }

  #stable(): void {
    this.signalingState = "stable";
    this.#ask();
  }

  #rollback(): void {
    [this.localDescription, this.remoteDescription] = this.#before;
    this.#fragment = "";
    this.signalingState = "stable";
  }

  #check(): void {
    if (this.signalingState === "closed") throw new DOMException("closed", "InvalidStateError");
  }
}
