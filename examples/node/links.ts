import { randomBytes } from "node:crypto";
import type { RTCIceServer } from "werift";
import {
  type IceServer,
  LeaveReason,
  type Peer,
  type SignalResponse,
  type Welcome,
} from "./gen/parley/v1/signaling.ts";
import { Link } from "./link.ts";
import type { Session } from "./session.ts";

/** Another peer in the room, and the link to it. */
interface Neighbour {
  readonly peer: Peer;
  link?: Link;
  /** It has left; what was sent to it may still be acknowledged. */
  gone?: boolean;
}

/** Holds a link to each peer of the room, and says on standard output what it sees. */
export class Links {
  readonly #session: Session;
  readonly #onComplete: () => void;
  readonly #neighbours = new Map<string, Neighbour>();
  #iceServers: RTCIceServer[] = [];

  /** `onComplete` is called when both sides of a link have said all they had to say. */
  constructor(session: Session, onComplete: () => void) {
    this.#session = session;
    this.#onComplete = onComplete;
  }

  /** Processes one response. */
  take(response: SignalResponse): void {
    const { body, sender, senderSession } = response;
    switch (body?.$case) {
      case "welcome":
        this.#welcome(body.value);
        break;
      case "peerJoined":
        if (body.value.peer !== undefined) this.#joined(body.value.peer, "came");
        break;
      case "peerLeft":
        this.#left(body.value.peerId, nameOf(body.value.reason));
        break;
      case "rejected":
        console.log(`signal ${body.value.seq} was rejected: ${body.value.message}`);
        break;
      case "iceServers":
        this.#iceServers = rtcServers(body.value.servers);
        break;
      case "goAway":
        console.log("the service asks to come back elsewhere");
        break;
      default: {
        // A signal of a former session with this name is not for the present one.
        const neighbour = this.#neighbours.get(sender);
        if (neighbour?.peer.session === senderSession) this.#relayed(response, neighbour);
      }
    }
    for (const { link } of this.#neighbours.values()) this.#complete(link);
  }

  close(): void {
    for (const { link } of this.#neighbours.values()) link?.close();
    this.#neighbours.clear();
  }

  #welcome({ resumed, you, peers, iceServers }: Welcome): void {
    console.log(`${resumed ? "resumed" : "joined"} as ${you?.peerId}`);
    if (!resumed) this.close();
    this.#iceServers = rtcServers(iceServers);
    // The roster is the authority on who is there. The same name with another number is another session.
    const present = new Set(peers.map(({ peerId }) => peerId));
    for (const [peerId, { gone }] of this.#neighbours) {
      if (!gone && !present.has(peerId)) this.#left(peerId, "while this side was away");
    }
    for (const peer of peers) {
      const { gone, peer: known } = this.#neighbours.get(peer.peerId) ?? { gone: true };
      if (gone || known?.session !== peer.session) this.#joined(peer, "is here");
    }
  }

  #left(peerId: string, reason: string): void {
    console.log(`peer ${peerId} left (${reason})`);
    const neighbour = this.#neighbours.get(peerId);
    if (neighbour === undefined) return;
    neighbour.gone = true;
    neighbour.link?.close();
  }

  #joined(peer: Peer, verb: string): void {
    const { peerId, youArePolite: polite } = peer;
    this.#neighbours.get(peerId)?.link?.close();
    const neighbour: Neighbour = { peer };
    this.#neighbours.set(peerId, neighbour);
    console.log(`peer ${peerId} ${verb}; ${polite ? "it" : "this side"} makes the offer`);
    if (!polite) this.#open(neighbour, randomBytes(12).toString("hex")).offer();
  }

  #open(neighbour: Neighbour, negotiationId: string): Link {
    neighbour.link?.close();
    const { peerId } = neighbour.peer;
    const link: Link = new Link(peerId, negotiationId, this.#iceServers, (body) => {
      this.#session.send({ to: peerId, negotiationId, body });
    });
    neighbour.link = link;
    return link;
  }

  #relayed({ body, negotiationId }: SignalResponse, neighbour: Neighbour): void {
    const { link, peer } = neighbour;
    const current = link?.negotiationId === negotiationId ? link : undefined;
    switch (body?.$case) {
      case "offer":
        console.log(`from ${peer.peerId}: offer of ${body.value.sdp.length} bytes`);
        if (!peer.youArePolite && link?.offering) console.log("both sides offered; this one's goes first");
        else (current ?? this.#open(neighbour, negotiationId)).describe("offer", body.value.sdp);
        break;
      case "answer":
        console.log(`from ${peer.peerId}: answer of ${body.value.sdp.length} bytes`);
        current?.describe(body.value.provisional ? "pranswer" : "answer", body.value.sdp);
        break;
      case "iceCandidate":
        if (current === undefined) console.log(`from ${peer.peerId}: late candidate of another negotiation`);
        else current.addCandidate(body.value);
        break;
      case "bye":
        console.log(`from ${peer.peerId}: bye (${body.value.reason})`);
        current?.close();
    }
  }

  #complete(link: Link | undefined): void {
    if (link === undefined || link.complete || !link.swapped || !this.#session.settled) return;
    link.complete = true;
    console.log(`swap with ${link.peerId} is complete: ${link.candidates} candidates came`);
    this.#onComplete();
  }
}

function nameOf(reason: LeaveReason): string {
  return Object.entries(LeaveReason).find(([, value]) => value === reason)?.[0] ?? String(reason);
}

function rtcServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => (username === "" ? { urls: url } : { urls: url, username, credential })),
  );
}
