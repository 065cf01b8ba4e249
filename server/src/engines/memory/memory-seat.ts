import type { Submission } from "../../switchboard/batch.ts";
import type { Failure } from "../../switchboard/failure.ts";
import type { Member } from "../../switchboard/roster.ts";
import type { Seat } from "../../switchboard/switchboard.ts";
import type { MemorySession } from "./memory-session.ts";
import type { SubmissionIntake } from "./submission-intake.ts";

/** Who looks after the sessions that lose their stream. */
export interface SeatHost {
  /** The stream is gone: the resume window begins. */
  detach(session: MemorySession): void;
  /** Takes the seat away and lets the resume window begin. */
  evict(session: MemorySession, cause: Failure): void;
}

/** An attachment to a session in memory, void once the session has a newer epoch. */
export class MemorySeat implements Seat {
  readonly #host: SeatHost;
  readonly #intake: SubmissionIntake;
  readonly #session: MemorySession;
  readonly #epoch: number;

  constructor(host: SeatHost, intake: SubmissionIntake, session: MemorySession) {
    this.#host = host;
    this.#intake = intake;
    this.#session = session;
    this.#epoch = session.epoch;
  }

  get self(): Member {
    return this.#session.self;
  }

  submit(submission: Submission): boolean {
    if (!this.#valid) return true;
    const failure = this.#intake.take(this.#session, submission);
    if (!this.#valid) return true;
    if (failure === undefined) this.#session.notifyAccepted();
    else this.#host.evict(this.#session, failure);
    return true;
  }

  acknowledge(seq: number): void {
    if (this.#valid) this.#session.mailbox.trim(seq);
  }

  pull(): void {
    if (this.#valid) this.#session.flow();
  }

  detach(): void {
    if (this.#valid) this.#host.detach(this.#session);
  }

  get #valid(): boolean {
    return this.#session.epoch === this.#epoch;
  }
}
