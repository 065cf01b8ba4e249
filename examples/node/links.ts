import { randomBytes } from "node:crypto";
import type { RTCIceServer } from "werift";
import type { IceServer, Peer, SignalResponse, Welcome } from "./gen/parley/v1/signaling.ts";
import { Link } from "./link.ts";
import type { Session } from "./session.ts";

/** Another peer in the room, and the link with it. */
interface Neighbour {
  readonly peer: Peer;
  link?: Link;
}

/** Holds a link to each peer of the room. */
export class Links {
  session: Session | undefined;
  readonly #neighbours = new Map<string, Neighbour>();
  #iceServers: RTCIceServer[] = [];

  /** Handles one response. */
  take(response: SignalResponse): void {
    const { body, sender } = response;
    switch (body?.$case) {
      case "welcome":
        return this.#welcome(body.value);
      case "iceServers":
        this.#iceServers = rtcServers(body.value.servers);
        return;
      case "peerJoined":
        if (body.value.peer !== undefined) this.#joined(body.value.peer);
        return;
      case "peerLeft":
        if (this.#neighbours.get(body.value.peerId)?.peer.session === body.value.session) {
          this.#left(body.value.peerId);
        }
        return;
      case "rejected":
        return console.log(`signal ${body.value.seq} was rejected: ${body.value.message}`);
      case "goAway":
        return console.log("the service asks to come back elsewhere");
    }
    const neighbour = this.#neighbours.get(sender);
    if (neighbour !== undefined) this.#relayed(response, neighbour);
  }

  close(): void {
    for (const { link } of this.#neighbours.values()) link?.close();
    this.#neighbours.clear();
  }

  /** Makes the links those of the roster. Connections go on: only a peer that is another session is met again. */
  #welcome({ resumed, you, peers, iceServers }: Welcome): void {
    console.log(`${resumed ? "resumed" : "joined"} as ${you?.peerId}`);
    // To the others a new session is a new peer.
    const present = new Map(resumed ? peers.map(({ peerId, session }) => [peerId, session]) : []);
    for (const [peerId, { peer }] of this.#neighbours) {
      if (present.get(peerId) !== peer.session) this.#left(peerId);
    }
    this.#iceServers = rtcServers(iceServers);
    for (const peer of peers) this.#joined(peer);
  }

  /** Meets a peer. Of each pair the service makes one polite; the other makes the first offer. */
  #joined(peer: Peer): void {
    const known = this.#neighbours.get(peer.peerId);
    if (known?.peer.session === peer.session) return;
    if (known !== undefined) this.#left(peer.peerId);
    console.log(`peer ${peer.peerId} is here`);
    const neighbour: Neighbour = { peer };
    this.#neighbours.set(peer.peerId, neighbour);
    if (!peer.youArePolite) this.#connect(neighbour, randomBytes(12).toString("hex")).offer();
  }

  #left(peerId: string): void {
    console.log(`peer ${peerId} left`);
    this.#neighbours.get(peerId)?.link?.close();
    this.#neighbours.delete(peerId);
  }

  /** Begins a negotiation, which replaces the previous one. */
  #connect(neighbour: Neighbour, negotiationId: string): Link {
    const { peer } = neighbour;
    neighbour.link?.close();
    neighbour.link = new Link({
      peer,
      negotiationId,
      iceServers: this.#iceServers,
      send: (body) => {
        this.session?.send({ to: peer.peerId, toSession: peer.session, negotiationId, body });
      },
    });
    return neighbour.link;
  }

  #relayed({ body, negotiationId }: SignalResponse, neighbour: Neighbour): void {
    const { link, peer } = neighbour;
    const current = link?.negotiationId === negotiationId ? link : undefined;
    if (body?.$case === "offer") {
      // Where both sides offered, this one's offer goes first.
      if (current === undefined && link?.offering && !peer.youArePolite) return;
      (current ?? this.#connect(neighbour, negotiationId)).describe("offer", body.value.sdp);
    } else if (body?.$case === "answer") {
      current?.describe(body.value.provisional ? "pranswer" : "answer", body.value.sdp);
    } else if (body?.$case === "iceCandidate") current?.addCandidate(body.value);
    else if (body?.$case === "bye") current?.close();
  }
}

function rtcServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => (username === "" ? { urls: url } : { urls: url, username, credential })),
  );
}
