// Runs in the page: one peer of the client API, with a log of all that happens to it.
import {
  joinRoom,
  type LinkOptions,
  linkStats,
  type PeerLink,
  type Room,
  type SignalBody,
  SignalingError,
  type SignalTrace,
  type Via,
} from "../../../client-web/src/index.ts";
import { CutAfter } from "./cut-after.ts";
import { TalkingLink } from "./talking-link.ts";

/** A peer that is gone, and why. */
export interface Departure {
  readonly peerId: string;
  readonly cause: string;
  /** When this page learned of it, in milliseconds since the epoch. */
  readonly at: number;
}

/** Both sides of a link, as one of them sees it. */
export interface Fingerprints {
  readonly own: string;
  readonly other: string;
  readonly ownInUse: string | undefined;
  readonly otherInUse: string | undefined;
}

export interface JoinOptions {
  readonly url: string;
  readonly room: string;
  readonly peerId: string;
  /** How long to try, in milliseconds. */
  readonly joinTimeoutMs?: number;
  readonly rtcConfiguration?: RTCConfiguration;
  readonly via?: Via | "auto";
  /** An access token. */
  readonly token?: string;
}

export class PagePeer {
  readonly links: TalkingLink[] = [];
  /** The traces, in the order in which they were reported. */
  readonly traces: SignalTrace[] = [];
  readonly states: string[] = [];
  readonly departures: Departure[] = [];
  /** Each peer that was met, by name. */
  readonly met: string[] = [];
  readonly errors: string[] = [];
  readonly cutAfter = new CutAfter(this);
  /** How often the service gave the session up. */
  resets = 0;
  #room: Room | undefined;
  #stream: MediaStream | undefined;

  get room(): Room {
    if (this.#room === undefined) throw new Error("not in a room yet");
    return this.#room;
  }

  get peerIds(): string[] {
    return [...this.room.peers.keys()].sort();
  }

  async join(options: JoinOptions): Promise<void> {
    const room = await joinRoom(options).catch((error: unknown) => {
      // Across the border of the page, only the message is left of an error.
      throw error instanceof SignalingError ? new Error(`${error.reason}: ${error.message}`) : error;
    });
    this.#room = room;
    const { client } = room;
    room.on("peer", ({ peerId }) => this.met.push(peerId));
    room.on("state", (state) => this.states.push(state));
    room.on("peer-left", ({ peerId }, cause) => this.departures.push({ peerId, cause, at: Date.now() }));
    client.on("reset", () => this.resets++);
    client.on("rejected", ({ reason }) => this.errors.push(reason));
    client.on("trace", (trace) => {
      this.traces.push(trace);
      this.cutAfter.count(trace);
    });
  }

  /** Opens the camera that every link from now on sends, and counts the frames that come in. */
  async openCamera(
    video: MediaTrackConstraints | true,
    audio: MediaTrackConstraints | boolean,
  ): Promise<void> {
    this.#stream = await navigator.mediaDevices.getUserMedia({ video, audio });
  }

  /** Links to a peer with a data channel, and with the camera if it is open. */
  link(peerId: string, options: LinkOptions = {}): void {
    this.#keep(this.room.connect(peerId, { stream: this.#stream, ...options }), true);
  }

  /** Calls everybody who is there, and who comes. */
  linkToEverybody(): void {
    this.room.on("peer", ({ peerId }) => this.link(peerId));
  }

  /** Joins and calls everybody. Resolves with the milliseconds until the first frame of a picture is shown. */
  async joinAndSee(options: JoinOptions): Promise<number> {
    const begunAt = performance.now();
    const shown = Promise.withResolvers<number>();
    await this.join(options);
    this.linkToEverybody();
    this.room.on("peer", ({ peerId }) => {
      this.linkTo(peerId).link.on("track", (_, [stream]) => {
        const video = document.createElement("video");
        Object.assign(video, { muted: true, autoplay: true, srcObject: stream });
        document.body.append(video);
        video.requestVideoFrameCallback(() => shown.resolve(performance.now() - begunAt));
      });
    });
    return shown.promise;
  }

  /** The types of the candidates that the first link uses: this side's, and the other's. */
  async path(): Promise<(string | undefined)[]> {
    const [first] = this.links;
    const { path } = first === undefined ? {} : await linkStats(first.link);
    return [path?.localType, path?.remoteType];
  }

  /** The DTLS fingerprints of the first link: by its descriptions, and by the certificates in use, if the browser shows them. */
  async fingerprints(): Promise<Fingerprints> {
    const connection = this.links[0]?.link.connection;
    const described = (description?: RTCSessionDescription | null) =>
      /^a=fingerprint:sha-256 (\S+)/m.exec(description?.sdp ?? "")?.[1] ?? "";
    const reports = [...((await connection?.getStats())?.values() ?? [])];
    const transport = reports.find(({ type }) => type === "transport");
    const inUse = (id?: string): string | undefined =>
      reports.find((report) => report.id === id)?.fingerprint;
    return {
      own: described(connection?.localDescription),
      other: described(connection?.remoteDescription),
      ownInUse: inUse(transport?.localCertificateId),
      otherInUse: inUse(transport?.remoteCertificateId),
    };
  }

  /** The user of the TURN server, as the service names it now. */
  get turnUser(): string | undefined {
    return this.room.client.iceServers.find(({ username }) => username !== undefined)?.username;
  }

  /** Takes the links that others begin. */
  takeLinks(): void {
    this.room.on("link", (link) => this.#keep(link, false));
  }

  /** At a given moment, in milliseconds since the epoch. */
  linkAt(at: number, peerId: string, options: LinkOptions): void {
    setTimeout(() => this.link(peerId, options), at - Date.now());
  }

  /** The first link to a peer, or that of this negotiation. */
  linkTo(peerId: string, negotiationId?: string): TalkingLink {
    const link = this.links.find(
      ({ link }) =>
        link.peer.peerId === peerId && link.negotiationId === (negotiationId ?? link.negotiationId),
    );
    if (link === undefined) throw new Error(`no link to ${peerId}`);
    return link;
  }

  /** Leaves, and forgets everything. */
  async leave(): Promise<void> {
    await this.room.leave();
    this.#room = undefined;
    for (const list of [this.links, this.traces, this.states, this.departures, this.errors, this.met])
      list.length = 0;
    this.resets = 0;
  }

  /** Sends everything with which a session could end or move a link that is not its own. */
  async attack(to: string, negotiationId: string): Promise<void> {
    const { client } = this.room;
    const connection = new RTCPeerConnection();
    connection.createDataChannel("attack");
    await connection.setLocalDescription();
    const sdp = connection.localDescription?.sdp ?? "";
    connection.close();
    const candidate = { candidate: "candidate:1 1 udp 2122260223 127.0.0.1 9 typ host", sdpMid: "0" };
    const bodies: SignalBody[] = [
      { kind: "bye", reason: "it is over" },
      { kind: "restart", rebuild: false },
      { kind: "restart", rebuild: true },
      { kind: "rebind", proof: new Uint8Array(32) },
      { kind: "ice-candidate", candidate },
      { kind: "answer", sdp },
      { kind: "offer", sdp },
      { kind: "bye", reason: "it is over" },
    ];
    for (const body of bodies) client.send({ to, negotiationId, ...body }).catch(() => {});
  }

  /** How everything stands, for the message of a test that fails. */
  describe(): object {
    const links = this.links.map(({ link, heard, events, closedBecause }) => ({
      negotiationId: link.negotiationId,
      signaling: link.connection.signalingState,
      ice: link.connection.iceConnectionState,
      gathering: link.connection.iceGatheringState,
      state: link.connection.connectionState,
      heard,
      events,
      closedBecause,
    }));
    const traces = this.traces.map(
      ({ direction, kind, negotiationId, seq, replayed, ackedAfterMs }) =>
        `${direction} ${seq} ${kind} of ${negotiationId}${replayed ? ", replayed" : ""}${ackedAfterMs === undefined ? "" : ", acked"}`,
    );
    const { states, errors, resets } = this;
    return { links, states, errors, resets, unacknowledged: this.#room?.client.unacknowledged, traces };
  }

  #keep(link: PeerLink, opens: boolean): void {
    link.on("error", ({ reason, message }) => this.errors.push(`${reason}: ${message}`));
    this.links.push(new TalkingLink(link, opens));
  }
}

declare global {
  interface Window {
    peer: PagePeer;
  }
}

window.peer = new PagePeer();
