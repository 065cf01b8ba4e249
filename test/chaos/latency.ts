import type { PeerEvent } from "./peer-event.ts";

/** A stretch of time, in milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Percentiles {
  readonly count: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

interface Delivery extends Span {
  readonly undisturbed: boolean;
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** How long signals take from one peer to the other, and which of them no fault had touched. */
export class Latency {
  /** Whether a signal of this peer depends on the node of its stream alone. */
  readonly #isBound: (peer: string) => boolean;
  readonly #sent = new Map<string, number>();
  readonly #unmatched = new Map<string, number>();
  readonly #pairs: { from: string; to: string; span: Span }[] = [];
  readonly #away = new Map<string, { from: number; to: number }[]>();
  readonly #nodes = new Map<string, { at: number; node: string }[]>();
  readonly #faults: { node: string; span: Span }[] = [];

  constructor(isBound: (peer: string) => boolean) {
    this.#isBound = isBound;
  }

  /** A node was at fault in this time. */
  nodeFault(node: string, span: Span): void {
    this.#faults.push({ node, span });
  }

  take(event: PeerEvent): void {
    const { at, kind } = event;
    if (kind === "sent" || kind === "received") {
      const { from, to, number } = event;
      const key = `${from} ${to} ${number}`;
      const [mine, other] = kind === "sent" ? [this.#sent, this.#unmatched] : [this.#unmatched, this.#sent];
      const found = other.get(key);
      if (found === undefined) mine.set(key, at);
      else {
        other.delete(key);
        this.#pairs.push({ from, to, span: { from: Math.min(at, found), to: Math.max(at, found) } });
      }
    } else if (kind === "away") {
      listOf(this.#away, event.peer).push({ from: at, to: Number.POSITIVE_INFINITY });
    } else if (kind === "open") {
      const last = this.#away.get(event.peer)?.at(-1);
      if (last !== undefined) last.to = Math.min(last.to, at);
      listOf(this.#nodes, event.peer).push({ at, node: event.node });
    }
  }

  /** Of all signals that were sent in this time. */
  all(span: Span): Percentiles {
    return percentilesOf(this.#deliveries(span).map(({ from, to }) => to - from));
  }

  /** Of those whose sender and recipient lost no stream, and were on no node that was at fault. */
  others(span: Span): Percentiles {
    const undisturbed = this.#deliveries(span).filter((delivery) => delivery.undisturbed);
    return percentilesOf(undisturbed.map(({ from, to }) => to - from));
  }

  #deliveries(during: Span): Delivery[] {
    return this.#pairs
      .filter(({ span }) => span.from >= during.from && span.from < during.to)
      .map(({ from, to, span }) => ({
        ...span,
        undisturbed: [from, to].every((peer) => this.#isBound(peer) && !this.#disturbed(peer, span)),
      }));
  }

  #disturbed(peer: string, span: Span): boolean {
    if (this.#away.get(peer)?.some((away) => overlap(away, span))) return true;
    const node = this.#nodes.get(peer)?.findLast(({ at }) => at <= span.from)?.node;
    return this.#faults.some((fault) => fault.node === node && overlap(fault.span, span));
  }
}

function overlap(one: Span, other: Span): boolean {
  return one.from <= other.to && other.from <= one.to;
}

function listOf<Value>(lists: Map<string, Value[]>, key: string): Value[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
