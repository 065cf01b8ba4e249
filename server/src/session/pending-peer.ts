import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";
import { observeRefused } from "../telemetry/observer.ts";
import type { Timer } from "../time/timers.ts";
import type { FieldFailure } from "./attach-request.ts";
import { EarlyMessages } from "./early-messages.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionOutput } from "./session-output.ts";

/** A client whose stream has no session yet: its first message has to come, and it has to be admitted, in time. */
export class PendingPeer {
  readonly #context: SessionContext;
  readonly #output: SessionOutput;
  #state: "waiting" | "begun" | "over" = "waiting";
  /** The deadline of its first message, then of its admission. */
  #timer: Timer | undefined;
  #early: EarlyMessages | undefined;
  #halfClosed = false;

  constructor(context: SessionContext, output: SessionOutput) {
    this.#context = context;
    this.#output = output;
    this.#timer = context.timers.after(context.settings.firstMessageMs, () => {
      this.end({ reason: Reason.FIRST_MESSAGE_TIMEOUT, message: "no join or resume was received in time" });
    });
  }

  /** Whether the stream is over. */
  get gone(): boolean {
    return this.#state === "over";
  }

  /** Whether the first message has come. */
  get begun(): boolean {
    return this.#state !== "waiting";
  }

  /** What has come after the first message; absent if nothing has. */
  get early(): EarlyMessages | undefined {
    return this.#early;
  }

  /** Whether the client will send no more on this stream. */
  get isHalfClosed(): boolean {
    return this.#halfClosed;
  }

  /** The first message has come. What follows waits until the session is open. */
  beginning(): void {
    if (this.#state === "waiting") this.#state = "begun";
    this.#clearDeadline();
  }

  /** Limits how long the admission may take. */
  awaitAdmission(): void {
    const { timers, settings } = this.#context;
    this.#timer = timers.after(settings.firstMessageMs + settings.admission.timeoutMs, () => {
      this.end({ reason: Reason.STORAGE_UNAVAILABLE, message: "the service could not admit you in time" });
    });
  }

  /** It waits for a member of the room: for as long as the lobby permits. */
  awaitMember(): void {
    this.#clearDeadline();
  }

  /** It has a session from now on, which takes over the stream. */
  admitted(): void {
    this.#clearDeadline();
  }

  /** Keeps a message until the session is open. Behind a pause only what was under way still comes. */
  request(bytes: Uint8Array): void {
    if (this.#state !== "begun") return;
    this.#early ??= new EarlyMessages();
    const failure = this.#early.keep(bytes, this.#context.settings.messageBytes);
    if (failure !== undefined) this.end(failure);
  }

  /** The client will send no more on this stream, but goes on to receive. */
  halfClosed(): void {
    if (this.#state === "waiting") {
      return this.end({ reason: Reason.JOIN_EXPECTED, message: "the stream ended before join or resume" });
    }
    this.#halfClosed = true;
  }

  /** Ends the stream for this cause, or with OK. */
  end(cause?: Failure | FieldFailure): void {
    if (this.#state === "over") return;
    this.#stop();
    if (cause !== undefined) observeRefused(this.#context.observer, cause.reason);
    this.#output.end(cause);
  }

  /** The stream is gone, by its client or for this cause. */
  closed(cause?: Reason): void {
    if (this.#state === "over") return;
    this.#stop();
    if (cause !== undefined) observeRefused(this.#context.observer, cause);
  }

  #stop(): void {
    this.#state = "over";
    this.#clearDeadline();
    this.#early = undefined;
  }

  #clearDeadline(): void {
    this.#context.timers.cancel(this.#timer);
    this.#timer = undefined;
  }
}
