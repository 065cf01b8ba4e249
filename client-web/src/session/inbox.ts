/** After how many responses an acknowledgement is sent at once. */
const ackAfterResponses = 32;
/** After how many bytes an acknowledgement is sent at once: an eighth of the usual mailbox. */
const ackAfterBytes = 64 * 1024;

/** What came in, by its number: what is new, what was there before, and what has to be acknowledged. */
export class Inbox {
  /** The highest number that was processed. */
  lastSeq = 0;
  #responses = 0;
  #bytes = 0;

  /** Whether a response is the next one, was processed before, or leaves a gap. */
  accept(seq: number, bytes: number): "new" | "old" | "gap" {
    if (seq <= this.lastSeq) {
      // Repeated because an acknowledgement has not arrived: say it again.
      this.#responses++;
      return "old";
    }
    if (seq > this.lastSeq + 1) return "gap";
    this.lastSeq = seq;
    this.#responses++;
    this.#bytes += bytes;
    return "new";
  }

  /** Whether an acknowledgement is owed, and whether it should not wait. */
  get owes(): "nothing" | "soon" | "now" {
    if (this.#responses === 0) return "nothing";
    return this.#responses >= ackAfterResponses || this.#bytes >= ackAfterBytes ? "now" : "soon";
  }

  /** `lastSeq`, which is now on its way to the server. */
  acknowledge(): number {
    this.#responses = 0;
    this.#bytes = 0;
    return this.lastSeq;
  }

  /** A new session begins. */
  reset(): void {
    this.acknowledge();
    this.lastSeq = 0;
  }
}
