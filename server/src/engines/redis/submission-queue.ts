import type { EncodedSubmission } from "./encoded-submission.ts";

/** Signals and bytes that may wait for Redis before the stream is not read any more. */
const mostSignals = 256;
const mostBytes = 524_288;
/** What goes into one call of a script. */
const batchSignals = 64;
const batchBytes = 262_144;

/** What the client of one seat has sent and Redis has not stored yet, in order. */
export class SubmissionQueue {
  #waiting: EncodedSubmission[] = [];
  /** Of what waits and of the batch that is under way. */
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether no more should be read from the stream. */
  get isFull(): boolean {
    return this.#waiting.length >= mostSignals || this.#bytes >= mostBytes;
  }

  add(submission: EncodedSubmission): void {
    this.#waiting.push(submission);
    this.#bytes += submission.bytes;
  }

  /** Removes and returns what goes into the next call. `stored` has to follow. */
  takeBatch(): readonly EncodedSubmission[] {
    let bytes = 0;
    let count = 0;
    for (const submission of this.#waiting) {
      bytes += submission.bytes;
      if (count === batchSignals || (count > 0 && bytes > batchBytes)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** The batch that was taken does not wait any more. */
  stored(batch: readonly EncodedSubmission[]): void {
    for (const { bytes } of batch) this.#bytes -= bytes;
  }

  /** Drops what waits: the session is over. */
  clear(): void {
    this.#waiting = [];
  }
}
