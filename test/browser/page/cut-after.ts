import type { SignalTrace } from "../../../client-web/src/index.ts";
import type { TalkingLink } from "./talking-link.ts";

/** What a cut found and did. */
export interface Cut {
  /** The signal it came after. */
  readonly kind: string;
  readonly direction: string;
  /** How many links were up already. */
  readonly connected: number;
}

/** Has the connection to the service torn right after the n-th signal, in or out. */
export class CutAfter {
  made: Cut | undefined;
  readonly #peer: { readonly links: readonly TalkingLink[] };
  #path: string | undefined;
  #left = 0;

  constructor(peer: { readonly links: readonly TalkingLink[] }) {
    this.#peer = peer;
  }

  /** @param path of this site, by which the test is asked for the cut */
  arm(signals: number, path: string): void {
    this.#left = signals;
    this.#path = path;
    this.made = undefined;
  }

  count({ direction, kind, ackedAfterMs, rejected, replayed }: SignalTrace): void {
    // Each signal once: when it comes, or when it is first sent.
    if (this.#path === undefined || ackedAfterMs !== undefined || rejected !== undefined || replayed) return;
    if (--this.#left > 0) return;
    this.made = { kind, direction, connected: this.#peer.links.filter((link) => link.connected).length };
    // Synchronous, so that this page does nothing more until the connection is torn.
    const request = new XMLHttpRequest();
    request.open("POST", this.#path, false);
    this.#path = undefined;
    request.send();
  }
}
