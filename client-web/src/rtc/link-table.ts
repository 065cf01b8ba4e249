import type { PeerInfo } from "../session/peer-info.ts";
import type { SignalBody } from "../session/signals.ts";
import type { PeerLink } from "./peer-link.ts";
import { roomSide } from "./room-side.ts";

/** How many signals of one link that nobody has taken up are kept. */
const unclaimedCapacity = 256;

/** A link that the peer began and that nobody here has taken up. */
export interface Unclaimed {
  readonly negotiationId: string;
  /** The offer, and what followed it. */
  readonly bodies: SignalBody[];
}

/**
 * The links to one peer, by negotiation.
 *
 * When both sides begin a link at the same moment, each under a name of its own, the two are one: the n-th
 * that the polite side has offered and the n-th that the impolite side has. The link goes on under the name
 * that the impolite side gave it. Links that the application has named are paired by their names alone.
 */
export class LinkTable {
  readonly #peer: PeerInfo;
  readonly #links: PeerLink[] = [];
  /** In the order of their first offers. */
  readonly #offered = new Set<PeerLink>();
  /** On the impolite side: the offers that were ignored because a link of this side stands for them. */
  readonly #ignored = new Map<string, PeerLink>();
  #unclaimed: Unclaimed[] = [];

  constructor(peer: PeerInfo) {
    this.#peer = peer;
  }

  /** How many links there are, with those that nobody has taken up. */
  get size(): number {
    return this.#links.length + this.#unclaimed.length;
  }

  get links(): readonly PeerLink[] {
    return this.#links;
  }

  add(link: PeerLink): void {
    this.#links.push(link);
  }

  /** A link sends an offer. */
  offered(link: PeerLink): void {
    this.#offered.add(link);
  }

  delete(link: PeerLink): void {
    this.#offered.delete(link);
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
    for (const [negotiationId, other] of this.#ignored) {
      if (other === link) this.#ignored.delete(negotiationId);
    }
  }

  find(negotiationId: string): PeerLink | undefined {
    return this.#links.find((link) => link.negotiationId === negotiationId);
  }

  /** Whether there is another link of this name, even if nobody has taken it up. */
  hasOther(negotiationId: string, link: PeerLink): boolean {
    return [...this.#links, ...this.#unclaimed].some(
      (each) => each !== link && each.negotiationId === negotiationId,
    );
  }

  /**
   * Passes a signal to its link. Returns "begun" if it begins a link that nobody has taken up yet, and "refused" if
   * it would but may not.
   */
  route(negotiationId: string, body: SignalBody, mayBegin: boolean): "begun" | "refused" | "passed" {
    const link = this.find(negotiationId);
    if (link !== undefined) {
      link[roomSide].receive(body);
      return "passed";
    }
    const unclaimed = this.#unclaimed.find((each) => each.negotiationId === negotiationId);
    if (unclaimed !== undefined) {
      if (body.kind === "bye") this.#unclaimed = this.#unclaimed.filter((each) => each !== unclaimed);
      else if (unclaimed.bodies.length < unclaimedCapacity) unclaimed.bodies.push(body);
      return "passed";
    }
    if (body.kind === "bye") this.#ignored.delete(negotiationId);
    // Anything else of an unknown negotiation is late, or belongs to an offer that was ignored or refused.
    if (body.kind !== "offer") return "passed";
    return this.#begin(negotiationId, body, mayBegin);
  }

  /** Takes an unclaimed link; the first one where no name is given. */
  claim(negotiationId?: string): Unclaimed | undefined {
    const index = this.#unclaimed.findIndex(
      (each) => (negotiationId ?? each.negotiationId) === each.negotiationId,
    );
    return index < 0 ? undefined : this.#unclaimed.splice(index, 1)[0];
  }

  #begin(negotiationId: string, body: SignalBody, mayBegin: boolean): "begun" | "refused" | "passed" {
    const counterpart = this.#counterpart();
    if (counterpart !== undefined) {
      if (this.#offered.has(counterpart) && !this.#peer.polite) {
        this.#ignored.set(negotiationId, counterpart);
      } else {
        counterpart[roomSide].adopt(negotiationId);
        counterpart[roomSide].receive(body);
      }
      return "passed";
    }
    if (!mayBegin) return "refused";
    this.#unclaimed.push({ negotiationId, bodies: [body] });
    return "begun";
  }

  /** The link of this side that a new offer of the peer is one with, if there is one. */
  #counterpart(): PeerLink | undefined {
    const taken = new Set(this.#ignored.values());
    const waits = (link: PeerLink) => link[roomSide].adopts() && !taken.has(link);
    return [...this.#offered].find(waits) ?? this.#links.find(waits);
  }
}
