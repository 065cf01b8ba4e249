import { clientError } from "../signaling-error.ts";
import { fingerprintsOf, fragmentOf, isFirefox } from "./description-facts.ts";
import { DtlsWatch } from "./dtls-watch.ts";
import { Negotiation, type NegotiationHost } from "./negotiation.ts";

/** What a link hears of its connection. */
export interface LinkConnectionHost extends NegotiationHost {
  track(track: MediaStreamTrack, streams: readonly MediaStream[]): void;
  channel(channel: RTCDataChannel): void;
  iceState(state: RTCIceConnectionState): void;
  state(state: RTCPeerConnectionState): void;
  /** Both sides agree on descriptions. */
  described(): void;
  /** The peer has closed its end. */
  closedByPeer(): void;
  /** The configuration as it stands. */
  configuration(): RTCConfiguration;
}

/** One RTCPeerConnection of a link, from its making to its end. A link has one at a time. */
export class LinkConnection {
  readonly connection: RTCPeerConnection;
  readonly negotiation: Negotiation;
  readonly #host: LinkConnectionHost;
  readonly #over = new AbortController();
  #connectedOnce = false;
  #configurePending = false;
  #turnRefused = false;
  /** By its own words: Chromium replaces the `o=` line in what it shows as `remoteDescription`. */
  #peerIsFirefox = false;

  constructor(connection: RTCPeerConnection, host: LinkConnectionHost) {
    this.connection = connection;
    this.#host = host;
    this.negotiation = new Negotiation(connection, {
      ...host,
      describing: ({ kind, sdp }) => {
        this.#peerIsFirefox = isFirefox(sdp);
        if (kind === "offer" && this.#configurePending && !this.#isCurrent(sdp)) this.#configure();
      },
    });
    this.#listen();
    new DtlsWatch(connection, () => host.closedByPeer(), this.#over.signal);
  }

  /** Whether the peer's certificate was verified and media or data could flow. */
  get connectedOnce(): boolean {
    return this.#connectedOnce;
  }

  /** The fingerprints of this side and of the peer; empty before both are known. */
  get fingerprints(): { readonly own: string; readonly peers: string } {
    const { localDescription, remoteDescription } = this.connection;
    return {
      own: fingerprintsOf(localDescription?.sdp ?? ""),
      peers: fingerprintsOf(remoteDescription?.sdp ?? ""),
    };
  }

  /**
   * Whether an ICE restart has to be offered by the peer. Firefox (seen in 140 and 153) answers every such offer
   * with `a=setup:active`: the other side refuses that, or media stops while every state says "connected". Restarts
   * that Firefox offers work.
   */
  get peerHasToRestart(): boolean {
    return this.#peerIsFirefox && !isFirefox(this.connection.localDescription?.sdp ?? "");
  }

  /** Takes fresh ICE servers, for the next gathering. */
  configure(): void {
    // With a new configuration, Chromium restarts ICE in its next offer, whatever that was made for.
    if (this.peerHasToRestart) this.#configurePending = true;
    else this.#configure();
  }

  /** Hears nothing more; the connection stays up. */
  retire(): void {
    this.#over.abort();
    this.negotiation.stop();
  }

  close(): void {
    this.retire();
    this.connection.close();
  }

  #configure(): void {
    this.#configurePending = false;
    try {
      this.connection.setConfiguration(this.#host.configuration());
    } catch (error) {
      this.#host.failed(error, "configuration");
    }
  }

  /** Reported once, not for each address and transport. Above these statuses of STUN, it is the network that fails. */
  #gatheringFailed({ errorCode, url, errorText }: RTCPeerConnectionIceErrorEvent): void {
    if (this.#turnRefused || errorCode < 400 || errorCode >= 600) return;
    this.#turnRefused = true;
    const message = `${url} refuses the credentials: ${errorCode} ${errorText}`;
    this.#host.failed(clientError("TURN_REFUSED", message), "candidate");
  }

  /** Whether a description belongs to the ICE generation that is in use. */
  #isCurrent(sdp: string): boolean {
    return fragmentOf(sdp) === fragmentOf(this.connection.remoteDescription?.sdp ?? "");
  }

  #listen(): void {
    const { connection } = this;
    const host = this.#host;
    const options = { signal: this.#over.signal };
    connection.addEventListener("track", ({ track, streams }) => host.track(track, streams), options);
    connection.addEventListener("icecandidateerror", (event) => this.#gatheringFailed(event), options);
    connection.addEventListener("datachannel", ({ channel }) => host.channel(channel), options);
    connection.addEventListener(
      "signalingstatechange",
      () => {
        if (connection.signalingState === "stable") host.described();
      },
      options,
    );
    connection.addEventListener(
      "iceconnectionstatechange",
      () => host.iceState(connection.iceConnectionState),
      options,
    );
    connection.addEventListener(
      "connectionstatechange",
      () => {
        if (connection.connectionState === "connected") this.#connectedOnce = true;
        host.state(connection.connectionState);
      },
      options,
    );
  }
}
