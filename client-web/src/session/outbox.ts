import type { Limits, SignalRequest } from "@parley/contract/plain";
import type { SignalingError } from "../signaling-error.ts";

/** A signal that is not acknowledged yet. */
export interface Pending {
  readonly request: SignalRequest;
  /** Bytes that the request takes at most, with its numbers. */
  readonly bytes: number;
  /** When it was first sent, by the clock. */
  sentAt: number | undefined;
  /** The same moment, in milliseconds since the epoch. */
  sentWallTime: number | undefined;
  /** Whether it was sent more than once. */
  repeated: boolean;
  /** Whether a `Rejected` has answered it; it stays until an `ack` covers it, to keep the numbers whole. */
  rejected: boolean;
  /** Settles the promise of its sender. */
  settle(error?: SignalingError): void;
}

/** What the service takes at once. */
export type SendingLimits = Pick<Limits, "signalBytes" | "batchSignals" | "batchBytes">;

/** Bytes of the tag and length before each signal of a batch. */
const framingBytes = 5;
/** Bytes that a batch keeps free for its session token. */
const tokenBytes = 1024;

/** What was said and is not acknowledged: numbered, in order, and said again after a break. */
export class Outbox {
  #nextSeq = 1;
  readonly #pending: Pending[] = [];
  /** How many of `#pending`, from the first, are on their way. */
  #sent = 0;

  /** How many signals are not acknowledged. */
  get size(): number {
    return this.#pending.length;
  }

  /** The highest number that is acknowledged; 0 for none. */
  get acked(): number {
    return this.#nextSeq - 1 - this.#pending.length;
  }

  /** Whether something waits to be sent. */
  get waiting(): boolean {
    return this.#sent < this.#pending.length;
  }

  /** Numbers a signal and keeps it until it is acknowledged. */
  add(request: SignalRequest, bytes: number, settle: Pending["settle"]): void {
    request.seq = this.#nextSeq++;
    this.#pending.push({
      request,
      bytes,
      settle,
      sentAt: undefined,
      sentWallTime: undefined,
      repeated: false,
      rejected: false,
    });
  }

  /** The next batch, within the limits; marks it as on its way. */
  take(limits: SendingLimits): Pending[] {
    const batch: Pending[] = [];
    let bytes = tokenBytes;
    for (let next = this.#pending[this.#sent]; next !== undefined; next = this.#pending[this.#sent]) {
      bytes += next.bytes + framingBytes;
      if (batch.length > 0 && (batch.length >= limits.batchSignals || bytes > limits.batchBytes)) break;
      batch.push(next);
      next.repeated = next.sentAt !== undefined;
      this.#sent++;
    }
    return batch;
  }

  /** Nothing is on its way any more: all that is not acknowledged is sent again. */
  rewind(): void {
    this.#sent = 0;
  }

  /** Removes and returns what is acknowledged by this. */
  acknowledge(ack: number): Pending[] {
    const count = this.#pending.findIndex(({ request }) => request.seq > ack);
    const acked = this.#pending.splice(0, count < 0 ? this.#pending.length : count);
    this.#sent = Math.max(0, this.#sent - acked.length);
    return acked;
  }

  /**
   * The part of an answer's `ack` that no `Rejected` can follow. A signal that was sent again may have been
   * rejected in an answer that was lost; only the stream, which repeats the rejection, shows it.
   */
  certain(ack: number): number {
    const repeated = this.#pending.find((pending) => pending.repeated);
    return repeated === undefined ? ack : Math.min(ack, repeated.request.seq - 1);
  }

  /** The signal of this number, if it is not acknowledged. */
  find(seq: number): Pending | undefined {
    return this.#pending.find(({ request }) => request.seq === seq);
  }

  /** A new session begins. Removes and returns everything. */
  reset(): Pending[] {
    this.#nextSeq = 1;
    this.#sent = 0;
    return this.#pending.splice(0);
  }
}
