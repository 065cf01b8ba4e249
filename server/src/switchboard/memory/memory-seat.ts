import type { Member, Seat, Submission } from "../switchboard.ts";
import type { MemorySession } from "./memory-session.ts";
import type { MemorySwitchboard } from "./memory-switchboard.ts";
import type { SubmissionIntake } from "./submission-intake.ts";

/** An attachment to a session in memory, void once the session has a newer epoch. */
export class MemorySeat implements Seat {
  readonly #switchboard: MemorySwitchboard;
  readonly #intake: SubmissionIntake;
  readonly #session: MemorySession;
  readonly #epoch: number;

  constructor(switchboard: MemorySwitchboard, intake: SubmissionIntake, session: MemorySession) {
    this.#switchboard = switchboard;
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
    else this.#switchboard.evict(this.#session, failure);
    return true;
  }

  acknowledge(seq: number): void {
    if (this.#valid) this.#session.mailbox.trim(seq);
  }

  pull(): void {
    if (this.#valid) this.#session.flow();
  }

  detach(): void {
    if (this.#valid) this.#switchboard.detach(this.#session);
  }

  get #valid(): boolean {
    return this.#session.epoch === this.#epoch;
  }
}
