/** How many candidates are kept at most; a generation has some dozens. */
const capacity = 256;

/**
 * Holds remote candidates until the remote description is set that they belong to: `addIceCandidate` refuses
 * them before (W3C WebRTC section 4.4.2), and those of an ICE restart may not go into the old generation.
 */
export class CandidateBuffer {
  #held: RTCIceCandidateInit[] = [];

  /** Whether a candidate can be added under this remote description. */
  static fits({ usernameFragment }: RTCIceCandidateInit, remote: RTCSessionDescription | null): boolean {
    if (remote === null) return false;
    // Not every implementation names the generation.
    if (typeof usernameFragment !== "string" || usernameFragment === "") return true;
    const fragments = remote.sdp.matchAll(/^a=ice-ufrag:(\S+)/gm);
    return [...fragments].some(([, fragment]) => fragment === usernameFragment);
  }

  /** Keeps a candidate; the oldest goes if there are too many. */
  hold(candidate: RTCIceCandidateInit): void {
    this.#held.push(candidate);
    if (this.#held.length > capacity) this.#held.shift();
  }

  /** Returns the held candidates of a description that was just set, and forgets the others: they are late. */
  release(remote: RTCSessionDescription | null): RTCIceCandidateInit[] {
    const held = this.#held;
    this.#held = [];
    return held.filter((candidate) => CandidateBuffer.fits(candidate, remote));
  }
}
