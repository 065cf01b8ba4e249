import type { MemberEntry } from "./directory.ts";

/** How often a room is looked at, in milliseconds. */
const everyMs = 1000;

type Members = readonly MemberEntry[];

/** Looks at the members of rooms again and again, for `Directory.watch`. */
export class MemberWatches {
  readonly #stops = new Set<() => void>();

  /**
   * Looks until the function that it returns is called. If a look fails, the next one may not.
   *
   * @param after calls back once after so many milliseconds, unless the function that it returns is called.
   */
  begin(
    look: () => Promise<Members>,
    after: (ms: number, callback: () => void) => () => void,
    listener: (members: Members) => void,
  ): () => void {
    let known = "";
    let cancel = () => {};
    let stopped = false;
    const stop = () => {
      stopped = true;
      cancel();
      this.#stops.delete(stop);
    };
    const report = (members: Members) => {
      const text = JSON.stringify(members);
      if (stopped || text === known) return;
      known = text;
      listener(members);
    };
    const again = () => {
      if (!stopped) cancel = after(everyMs, next);
    };
    // If the storage is away, others report it.
    const next = () =>
      void look()
        .then(report, () => {})
        .finally(again);
    this.#stops.add(stop);
    next();
    return stop;
  }

  /** Ends all of them. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
