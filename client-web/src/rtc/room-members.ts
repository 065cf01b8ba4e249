import type { Clock } from "../clock.ts";
import type { PeerInfo } from "../session/peer-info.ts";
import type { LeaveCause } from "../session/signaling-events.ts";
import type { IncomingSignal, OutgoingSignal } from "../session/signals.ts";
import { SignalingError } from "../signaling-error.ts";
import { fingerprintsOf } from "./description-facts.ts";
import type { PeerLink } from "./peer-link.ts";
import { rebindProof, sameProof } from "./rebind-proof.ts";
import { RoomMember } from "./room-member.ts";
import { roomSide } from "./room-side.ts";

/**
 * How long a session with the name of a peer that is away may take to prove that it is that peer, in milliseconds.
 * Then it counts as a second person of that name.
 */
const proofMs = 3_000;

/** What the members need of their room. */
export interface RoomMembersHost {
  readonly clock: Clock;
  self(): PeerInfo | undefined;
  send(signal: OutgoingSignal): Promise<void>;
  /** The application should know of this one. */
  arrived(member: RoomMember): void;
  /** It is gone, and so are its links. */
  departed(member: RoomMember): void;
  /** A signal for the links of a member. */
  deliver(member: RoomMember, signal: IncomingSignal): void;
}

/**
 * Who is in the room, across sessions.
 *
 * A link is bound to one session of its peer. When that ends, the link goes on if it is connected, and another
 * session with the same name can take it over in two ways only: by a description with the fingerprints of the
 * live connection, or by a `Rebind` that proves to know those of both ends. Nothing else from such a session
 * reaches the link: names can be taken by anyone, the keys behind the fingerprints cannot.
 */
export class RoomMembers {
  readonly #host: RoomMembersHost;
  /** By session. */
  readonly #present = new Map<PeerInfo, RoomMember>();
  readonly #away = new Set<RoomMember>();

  constructor(host: RoomMembersHost) {
    this.#host = host;
  }

  /** Those with a session. */
  get present(): readonly RoomMember[] {
    return [...this.#present.values()];
  }

  /** Those with a session, and those with a link that goes on without. */
  get all(): readonly RoomMember[] {
    return [...this.#away, ...this.#present.values()];
  }

  /** One with a session, by name, or by what the application knows it as. */
  find(peer: PeerInfo | string): RoomMember | undefined {
    return this.present.find(({ info }) => info === peer || info.peerId === peer);
  }

  owner(link: PeerLink): RoomMember | undefined {
    return this.all.find(({ links }) => links.includes(link));
  }

  /** A session begins. */
  arrive(session: PeerInfo): void {
    const member = new RoomMember(session);
    this.#present.set(session, member);
    const links = linksOf([...this.#away], session);
    if (links.length === 0) return this.#announce(member);
    for (const link of links) void this.#prove(link, session);
    member.awaitProof(this.#host.clock.after(proofMs, () => this.#announce(member)));
  }

  /** A session ends. */
  depart(session: PeerInfo, cause: LeaveCause): void {
    const member = this.#present.get(session);
    if (member === undefined) return;
    this.#present.delete(session);
    member.decided();
    member.cause = cause;
    const kept = cause === "left" ? [] : member.links.filter((link) => link[roomSide].away());
    for (const link of [...member.links]) {
      if (!kept.includes(link)) link[roomSide].end(cause === "left" ? "peer-left" : "session-lost");
    }
    if (kept.length > 0) this.#away.add(member);
    else if (member.announced) this.#host.departed(member);
  }

  /** This side has no session any more. */
  departAll(cause: LeaveCause): void {
    for (const session of [...this.#present.keys()]) this.depart(session, cause);
  }

  /** A session has replaced its metadata. Returns whose it is. */
  updated(session: PeerInfo): RoomMember | undefined {
    const member = this.#present.get(session);
    if (member !== undefined) Object.assign(member.info, { metadata: session.metadata });
    return member;
  }

  /** Ends all links, as this side is no longer in the room. */
  clear(): void {
    const members = this.all;
    this.#present.clear();
    this.#away.clear();
    for (const member of members) {
      member.decided();
      for (const link of [...member.links]) link[roomSide].end("closed");
    }
  }

  linkClosed(link: PeerLink): void {
    const member = this.owner(link);
    member?.table.delete(link);
    if (member !== undefined) this.#leaveIfEmpty(member);
  }

  /** Takes a signal of a session. */
  route(signal: IncomingSignal): void {
    const member = this.#present.get(signal.from);
    if (member === undefined) return;
    if (member.holding) return member.hold(signal);
    const link = this.#awayLink(signal);
    if (signal.kind === "rebind") {
      if (link !== undefined) void this.#check(member, link, signal);
      return;
    }
    if (link !== undefined) {
      if (signal.kind === "offer" || signal.kind === "answer") {
        if (fingerprintsOf(signal.sdp) === link.fingerprints.peers)
          return this.#continue(member, link, signal);
      } else if (!member.table.hasOther(signal.negotiationId, link)) {
        // Candidates wait for a proof. With the name alone, the call can be neither ended nor disturbed.
        if (signal.kind === "ice-candidate") member.hold(signal);
        return;
      }
    }
    // It calls without a proof: another peer, or a page that was loaded again.
    if (signal.kind === "offer") this.#announce(member);
    this.#host.deliver(member, signal);
  }

  /** The link that this signal names, if its peer has the name of the sender and no session. */
  #awayLink({ from, negotiationId }: IncomingSignal): PeerLink | undefined {
    return linksOf(this.all, from).find(
      (link) => link.negotiationId === negotiationId && link.signaling === "away",
    );
  }

  #continue(member: RoomMember, link: PeerLink, signal: IncomingSignal): void {
    const owner = this.#bind(member, signal.from, link);
    this.#host.deliver(owner, signal);
    this.#flush(owner, member);
  }

  /** Proves to a new session with the name of this link's peer who this side is. */
  async #prove(link: PeerLink, session: PeerInfo): Promise<void> {
    const { fingerprints, negotiationId } = link;
    const { own, peers } = fingerprints;
    const self = this.#host.self();
    if (own === "" || peers === "" || self === undefined) return;
    const proof = await rebindProof({
      negotiationId,
      sender: own,
      receiver: peers,
      senderSession: self.session,
      receiverSession: session.session,
    });
    if (proof === undefined || !this.#present.has(session)) return;
    this.#send({ to: session.peerId, toSession: session.session, negotiationId, kind: "rebind", proof });
  }

  #send(signal: OutgoingSignal): void {
    this.#host.send(signal).catch((error: unknown) => {
      if (!(error instanceof SignalingError) || error.retryAfterMs === undefined) return;
      this.#host.clock.after(error.retryAfterMs, () => this.#send(signal));
    });
  }

  async #check(
    member: RoomMember,
    link: PeerLink,
    signal: IncomingSignal & { kind: "rebind" },
  ): Promise<void> {
    const { fingerprints, negotiationId } = link;
    const self = this.#host.self();
    // What follows it may need the link that it binds.
    member.holding = true;
    const expected = await rebindProof({
      negotiationId,
      sender: fingerprints.peers,
      receiver: fingerprints.own,
      senderSession: signal.from.session,
      receiverSession: self?.session ?? 0,
    });
    member.holding = false;
    // A session may have ended meanwhile, and a connection may have been replaced.
    const stands = this.#present.get(signal.from) === member && link.signaling === "away" && !link.closed;
    const proved = expected !== undefined && fingerprints.peers !== "" && sameProof(expected, signal.proof);
    if (stands && proved) return this.#flush(this.#bind(member, signal.from, link), member);
    if (stands) this.#announce(member);
    this.#flush(member, member);
  }

  /** Binds a link to a session that has proved that it continues it. Returns whose link it is now. */
  #bind(member: RoomMember, session: PeerInfo, link: PeerLink): RoomMember {
    const owner = this.owner(link) ?? member;
    let now = owner;
    if (owner !== member) {
      if (member.announced) {
        owner.table.delete(link);
        member.table.add(link);
        this.#leaveIfEmpty(owner);
        now = member;
      } else {
        // The person that was away: it goes on as who it was.
        member.decided();
        Object.assign(owner.info, session);
        this.#away.delete(owner);
        this.#present.set(session, owner);
      }
    }
    link[roomSide].resume(now.info);
    return now;
  }

  /** It is not known to be a peer that was here before: the application meets it. */
  #announce(member: RoomMember): void {
    if (member.announced) return;
    member.announced = true;
    member.decided();
    this.#host.arrived(member);
    this.#flush(member, member);
  }

  #flush(to: RoomMember, from: RoomMember): void {
    for (const signal of from.release()) {
      if (this.#present.get(signal.from) === to) this.route(signal);
    }
  }

  #leaveIfEmpty(member: RoomMember): void {
    if (member.links.length > 0 || !this.#away.delete(member)) return;
    // After the end of its last link.
    if (member.announced) queueMicrotask(() => this.#host.departed(member));
  }
}

/** The links of those with this name. */
function linksOf(members: readonly RoomMember[], { peerId }: PeerInfo): PeerLink[] {
  return members.flatMap(({ info, links }) => (info.peerId === peerId ? links : []));
}
