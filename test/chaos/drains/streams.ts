import type { PeerEvent } from "../peer-event.ts";

/** Longer than this no peer may be without a stream, in milliseconds: half of the resume window. */
const longestGapMs = 15_000;

/** For how long peers had no stream. */
export class Streams {
  readonly #opened = new Set<string>();
  readonly #awaySince = new Map<string, number>();
  readonly #gaps: { readonly peer: string; readonly ms: number }[] = [];

  take(event: PeerEvent): void {
    if (event.kind === "away") this.#awaySince.set(event.peer, event.at);
    if (event.kind !== "open") return;
    this.#opened.add(event.peer);
    const since = this.#awaySince.get(event.peer);
    if (since !== undefined) this.#gaps.push({ peer: event.peer, ms: event.at - since });
    this.#awaySince.delete(event.peer);
  }

  /** The longest time in which a peer had no stream, in milliseconds. */
  get longestGapMs(): number {
    return Math.max(0, ...this.#gaps.map(({ ms }) => ms));
  }

  problems(peers: readonly string[]): string[] {
    const never = peers.filter((peer) => !this.#opened.has(peer)).map((peer) => `${peer} never had a stream`);
    const away = [...this.#awaySince.keys()].map((peer) => `${peer} has no stream at the end`);
    const long = this.#gaps
      .filter(({ ms }) => ms > longestGapMs)
      .map(({ peer, ms }) => `${peer} had no stream for ${ms} ms`);
    return [...never, ...away, ...long];
  }
}
