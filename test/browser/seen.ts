import type { Departure } from "./page/peer.ts";
import type { ScriptPage } from "./script-page.ts";

/** What a page has seen of its session so far. */
export interface Seen {
  readonly states: readonly string[];
  readonly resets: number;
  readonly errors: readonly string[];
  readonly departures: readonly Departure[];
  /** Each signal once, in the order in which it was first sent or received. */
  readonly out: readonly SeenSignal[];
  readonly in: readonly SeenSignal[];
  /** Whether it had offered before it was offered anything. */
  readonly offeredFirst: boolean;
  readonly replayed: number;
}

interface SeenSignal {
  readonly seq: number;
  readonly what: string;
}

/** What the peer of this page has seen so far. */
export function seenBy(page: ScriptPage): Promise<Seen> {
  return page.evaluate(() => {
    const { traces, states, resets, errors, departures } = window.peer;
    const first = traces.filter(
      ({ direction, replayed, ackedAfterMs }) =>
        direction === "in" || (!replayed && ackedAfterMs === undefined),
    );
    const signals = (of: string) =>
      first
        .filter(({ direction }) => direction === of)
        .map(({ seq, kind, negotiationId }) => ({ seq, what: `${kind} of ${negotiationId}` }));
    const offer = first.find(({ kind }) => kind === "offer");
    return {
      states,
      resets,
      errors,
      departures,
      out: signals("out"),
      in: signals("in"),
      offeredFirst: offer?.direction === "out",
      replayed: traces.filter(({ replayed }) => replayed).length,
    };
  });
}
