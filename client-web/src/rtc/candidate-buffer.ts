import { fragmentsOf } from "./description-facts.ts";

/** How many candidates are kept at most; a generation has some dozens. */
const capacity = 256;

/**
 * Holds remote candidates until the remote description is set that they belong to: `addIceCandidate` refuses
 * them before (W3C WebRTC section 4.4.2), and those of an ICE restart may not go into the old generation.
 */
export class CandidateBuffer {
  #held: RTCIceCandidateInit[] = [];
  /** The generation of the remote description, per media section; undefined before there is one. */
  #fragments: readonly string[] | undefined;

  /** Whether a candidate can be added under the remote description. */
  fits({ usernameFragment }: RTCIceCandidateInit): boolean {
    if (this.#fragments === undefined) return false;
    // Not every implementation names the generation.
    return !usernameFragment || this.#fragments.includes(usernameFragment);
  }

  /** Keeps a candidate; the oldest goes if there are too many. */
  hold(candidate: RTCIceCandidateInit): void {
    this.#held.push(candidate);
    if (this.#held.length > capacity) this.#held.shift();
  }

  /** A remote description was set. Returns the held candidates that it takes, and forgets the others: they are late. */
  release(sdp: string): RTCIceCandidateInit[] {
    this.#fragments = fragmentsOf(sdp);
    return this.#held.splice(0).filter((candidate) => this.fits(candidate));
  }
}
