import type { NumberedSignal, PeerEvent } from "./peer-event.ts";

/** What became of the signals of a run. All but the first two counts are broken promises, in a run where nobody may lose anything. */
export interface Verdict {
  readonly sent: number;
  readonly received: number;
  /** Acknowledged, never received, and one side at least was not notified. */
  readonly lost: number;
  /** Acknowledged, never received, and both sides were notified. */
  readonly told: number;
  readonly duplicated: number;
  readonly disordered: number;
  /** Neither acknowledged nor rejected, although its sender is there and connected. */
  readonly unanswered: number;
  /** Received although it was never sent, or although the service had said that it would not arrive. */
  readonly unfounded: number;
  /** Rejected by the service although the recipient lives. */
  readonly rejected: number;
  readonly resets: number;
  /** Reported to have left, while they live. */
  readonly wronglyLeft: number;
  /** What cannot be at all, and examples of everything above. */
  readonly broken: number;
  readonly examples: readonly string[];
}

interface Fate extends NumberedSignal {
  sentAt: number | undefined;
  acked: boolean;
  rejected: "told" | "unsure" | undefined;
  receivedAt: number | undefined;
}

interface Flow {
  readonly from: string;
  readonly to: string;
  readonly fates: Map<number, Fate>;
  newest: number;
}

const examplesAtMost = 12;

/**
 * Keeps the promise's book: every signal at both ends. An acknowledged signal reaches its recipient exactly
 * once, in the order of its sender, or both sides are notified that it will not.
 */
export class Oracle {
  readonly #flows = new Map<string, Flow>();
  /** Peers that were killed for good, and when. What they did last they could not report. */
  readonly #dead = new Map<string, number>();
  readonly #resets = new Map<string, number[]>();
  readonly #left = new Map<string, { at: number; peer: string; cause: string }[]>();
  readonly #examples: string[] = [];
  #duplicated = 0;
  #disordered = 0;
  #rejected = 0;
  #broken = 0;

  /** These peers end now, and do not come back. */
  died(peers: Iterable<string>, at: number): void {
    for (const peer of peers) this.#dead.set(peer, at);
  }

  take(event: PeerEvent): void {
    switch (event.kind) {
      case "sent":
        this.#fate(event).sentAt = event.at;
        return;
      case "acked":
        this.#fate(event).acked = true;
        return;
      case "rejected":
        return this.#rejectedBy(event);
      case "received":
        return this.#receivedBy(event);
      case "left":
        return push(this.#left, event.about, event);
      case "reset":
        this.#example(`${event.peer} was reset: ${event.reason}`);
        return push(this.#resets, event.peer, event.at);
      case "closed":
        this.#broken++;
        return this.#example(`the session of ${event.peer} is over: ${event.reason}`);
      case "broken":
        this.#broken++;
        return this.#example(`${event.peer}: ${event.text}`);
    }
  }

  /** How many signals are still on their way, as far as is known. 0 when all is settled. */
  get outstanding(): number {
    let count = 0;
    for (const fate of this.#fates()) if (this.#isOpen(fate)) count++;
    return count;
  }

  /** The milliseconds from a peer's death until each of the others was notified. */
  departures(): number[] {
    return [...this.#dead].flatMap(([peer, diedAt]) =>
      (this.#left.get(peer) ?? []).filter(({ at }) => at >= diedAt).map(({ at }) => at - diedAt),
    );
  }

  verdict(): Verdict {
    let [sent, received, lost, told, unanswered, unfounded] = [0, 0, 0, 0, 0, 0];
    for (const fate of this.#fates()) {
      if (fate.sentAt !== undefined) sent++;
      if (fate.receivedAt !== undefined) {
        received++;
        const unknown = fate.sentAt === undefined && !this.#dead.has(fate.from);
        if (unknown || fate.rejected === "told") {
          unfounded++;
          this.#example(`${nameOf(fate)} arrived, and ${unknown ? "was never sent" : "was rejected"}`);
        }
      } else if (fate.acked) {
        const untold = this.#untold(fate);
        if (untold === undefined) told++;
        else {
          lost++;
          this.#example(`${nameOf(fate)} was acknowledged and never arrived, and ${untold} was not notified`);
        }
      }
      if (!fate.acked && fate.rejected === undefined && !this.#dead.has(fate.from)) {
        unanswered++;
        this.#example(`${nameOf(fate)} was neither acknowledged nor rejected`);
      }
    }
    return {
      ...{ sent, received, lost, told, unanswered, unfounded },
      duplicated: this.#duplicated,
      disordered: this.#disordered,
      rejected: this.#rejected,
      resets: [...this.#resets.values()].reduce((sum, { length }) => sum + length, 0),
      wronglyLeft: this.#wronglyLeft(),
      broken: this.#broken,
      examples: this.#examples,
    };
  }

  #receivedBy(event: NumberedSignal & { readonly at: number }): void {
    const flow = this.#flow(event);
    const fate = this.#fate(event);
    if (fate.receivedAt !== undefined) {
      this.#duplicated++;
      return this.#example(`${nameOf(event)} arrived twice`);
    }
    fate.receivedAt = event.at;
    if (event.number < flow.newest) {
      this.#disordered++;
      return this.#example(`${nameOf(event)} arrived after ${flow.newest}`);
    }
    flow.newest = event.number;
  }

  #rejectedBy(event: Extract<PeerEvent, { kind: "rejected" }>): void {
    this.#fate(event).rejected = event.told ? "told" : "unsure";
    if (!event.told || this.#dead.has(event.to)) return;
    this.#rejected++;
    this.#example(`${nameOf(event)} was rejected: ${event.reason}`);
  }

  /** Which side of a lost signal was not notified; undefined if both were. */
  #untold({ from, to, sentAt = 0, rejected }: Fate): string | undefined {
    const since = (times: readonly number[] | undefined) => times?.some((at) => at >= sentAt) ?? false;
    const sawLeave = (peer: string, about: string) =>
      since(this.#left.get(about)?.flatMap((left) => (left.peer === peer ? [left.at] : [])));
    const isTold = (peer: string, other: string) =>
      this.#dead.has(peer) || since(this.#resets.get(peer)) || sawLeave(peer, other);
    if (rejected === undefined && !isTold(from, to)) return from;
    return isTold(to, from) ? undefined : to;
  }

  #isOpen(fate: Fate): boolean {
    if (fate.receivedAt !== undefined && fate.acked) return false;
    if (fate.rejected !== undefined || this.#dead.has(fate.from)) return false;
    return !fate.acked || this.#untold(fate) !== undefined;
  }

  #wronglyLeft(): number {
    let count = 0;
    for (const [about, lefts] of this.#left) {
      const wrong = lefts.filter(({ cause }) => cause !== "reset" && !this.#dead.has(about));
      count += wrong.length;
      for (const { peer, cause } of wrong) this.#example(`${peer} was notified that ${about} left: ${cause}`);
    }
    return count;
  }

  #flow({ from, to }: NumberedSignal): Flow {
    const key = `${from} ${to}`;
    const flow = this.#flows.get(key) ?? { from, to, fates: new Map(), newest: 0 };
    this.#flows.set(key, flow);
    return flow;
  }

  /** What is known of a signal; what its ends report comes in any order. */
  #fate(signal: NumberedSignal): Fate {
    const { fates, from, to } = this.#flow(signal);
    const { number } = signal;
    const known = fates.get(number);
    if (known !== undefined) return known;
    const fate = {
      from,
      to,
      number,
      sentAt: undefined,
      acked: false,
      rejected: undefined,
      receivedAt: undefined,
    };
    fates.set(number, fate);
    return fate;
  }

  *#fates(): Iterable<Fate> {
    for (const { fates } of this.#flows.values()) yield* fates.values();
  }

  #example(text: string): void {
    if (this.#examples.length < examplesAtMost) this.#examples.push(text);
  }
}

function nameOf({ from, to, number }: NumberedSignal): string {
  return `${from} → ${to} ${number}`;
}

function push<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
