import { Reason } from "@parley/contract";
import type { AdmissionOutcome, Admitted, AttachRequest } from "../admission/admission.ts";
import type { Caller, Refusal } from "../admission/caller.ts";
import { MalformedError } from "../codec/field-reader.ts";
import type { Failure } from "../switchboard/failure.ts";
import { type FieldFailure, readAttachRequest } from "./attach-request.ts";
import type { FirstMessage, RequestForm } from "./first-message.ts";
import { type JoinAttach, WaitingPeer } from "./lobby/waiting-peer.ts";
import { PendingPeer } from "./pending-peer.ts";
import { Session } from "./session.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionOutput } from "./session-output.ts";

/**
 * One stream of one peer, and all that a transport has to know of it: bytes of requests go in here, and those of
 * responses come out of its `SessionOutput`. The first message goes through the limits and the admission, every other
 * one to the session.
 */
export class PeerStream {
  readonly #context: SessionContext;
  readonly #output: SessionOutput;
  readonly #form: RequestForm;
  /** Set until the session begins. */
  #pending: PendingPeer | undefined;
  /** Set once the session begins. */
  #session: Session | undefined;
  /** Set while the client waits in the lobby. */
  #waiting: WaitingPeer | undefined;
  /** Set if the client was let in from the lobby. */
  #place: WaitingPeer | undefined;
  /** Set while it counts as a session of its client. */
  #caller: Caller | undefined;

  constructor(context: SessionContext, output: SessionOutput, form: RequestForm) {
    this.#context = context;
    this.#output = output;
    this.#form = form;
    this.#pending = new PendingPeer(context, output);
  }

  /** The bytes that the next message may have. Before it has a session, a client may cost little. */
  get messageBytes(): number {
    const { firstMessageBytes, messageBytes } = this.#context.settings;
    return this.#pending?.begun === false ? firstMessageBytes : messageBytes;
  }

  /** Takes one encoded message. The bytes are the caller's again when this returns. */
  message(bytes: Uint8Array): void {
    if (this.#pending !== undefined) return this.#beforeSession(bytes, this.#pending);
    if (this.#form.continues) this.#session?.request(bytes);
  }

  /** The client will send no more on this stream, but goes on to receive. */
  halfClosed(): void {
    if (!this.#form.continues) return;
    this.#pending?.halfClosed();
    this.#session?.halfClosed();
  }

  /** The stream takes more, after `SessionOutput.write` returned false. */
  drained(): void {
    this.#session?.drained();
  }

  /** Ends the stream for this cause; the session waits for a resume. */
  fail(cause: Failure): void {
    this.#end(cause);
  }

  /** The stream is gone, by its client or for this cause: the session waits for a resume. */
  closed(cause?: Reason): void {
    this.#caller?.leave();
    this.#caller = undefined;
    this.#waiting?.closed();
    this.#pending?.closed(cause);
    this.#session?.closed(cause);
  }

  #beforeSession(bytes: Uint8Array, pending: PendingPeer): void {
    if (!pending.begun) return this.#first(bytes, pending);
    if (this.#waiting !== undefined) return this.#waiting.message(bytes);
    if (this.#form.continues) pending.request(bytes);
  }

  #first(bytes: Uint8Array, pending: PendingPeer): void {
    try {
      this.#begin(this.#form.readFirst(bytes), pending);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const message = `not a ${this.#form.name}: ${error.message}`;
      pending.end({ reason: Reason.MALFORMED_MESSAGE, message });
    }
  }

  #begin({ body, bodyBytes, poll }: FirstMessage, pending: PendingPeer): void {
    const attach = readAttachRequest(body, bodyBytes, this.#context.settings);
    if (!isAttachRequest(attach)) return pending.end(attach);
    const { caller, authorization } = this.#output;
    const refusal = caller?.enter();
    if (refusal !== undefined) return pending.end(failureOf(refusal));
    this.#caller = caller;
    pending.beginning();
    const { address, limitedAs } = caller ?? {};
    const outcome = this.#context.admission.admit({ attach, authorization, address, limitedAs });
    if (!(outcome instanceof Promise)) return this.#admitted(poll, outcome, pending);
    pending.awaitAdmission();
    this.#output.pause();
    outcome.then((late) => this.#admitted(poll, late, pending)).catch((error) => this.#failed(error));
  }

  #admitted(poll: boolean, outcome: AdmissionOutcome, pending: PendingPeer): void {
    if ("failure" in outcome) return pending.end(outcome.failure);
    if (outcome.held && outcome.attach.kind === "join") {
      return this.#hold(poll, outcome, outcome.attach, pending);
    }
    this.#letIn(poll, outcome, pending);
  }

  /** The client waits for a member of the room; until then it may send no more than that it leaves. */
  #hold(poll: boolean, admitted: Admitted, attach: JoinAttach, pending: PendingPeer): void {
    if (pending.gone) return;
    pending.awaitMember();
    this.#output.opened();
    const waiting = new WaitingPeer(
      this.#context,
      admitted,
      attach,
      {
        write: (response) => this.#output.write(response),
        admitted: (join) => {
          this.#waiting = undefined;
          this.#place = waiting;
          this.#letIn(poll, { ...admitted, attach: join }, pending);
        },
        end: (cause) => {
          this.#waiting = undefined;
          pending.end(cause);
        },
      },
      poll,
    );
    this.#waiting = waiting;
    waiting.enter();
    // Unless it is in already, or refused: a session that begins is not read.
    if (this.#waiting !== undefined) this.#output.resume();
  }

  #letIn(poll: boolean, outcome: Admitted, pending: PendingPeer): void {
    let waited = false;
    const begin = () => {
      try {
        if (!pending.gone) this.#beginSession(pending).begin(outcome.attach, outcome.grants, poll);
      } catch (error) {
        // Whatever is thrown at once, the door logs and answers. Later it is not there to catch it.
        if (waited) this.#end(internalError);
        throw error;
      }
    };
    waited = !this.#context.attaches.run(begin);
    // Nothing is read until it has begun; then the session goes on to read.
    if (waited) this.#output.pause();
  }

  /** The client was pending, and has a session from now on. */
  #beginSession(pending: PendingPeer): Session {
    pending.admitted();
    const session = new Session(this.#context, this.#output, pending, () => this.#place?.giveBack());
    this.#pending = undefined;
    this.#session = session;
    return session;
  }

  #failed(error: unknown): void {
    this.#end(internalError);
    this.#context.onError(error);
  }

  #end(cause: Failure): void {
    this.#pending?.end(cause);
    this.#session?.end(cause);
  }
}

const internalError: Failure = { reason: Reason.INTERNAL, message: "internal error" };

function failureOf({ kind, message, retryAfterMs }: Refusal): Failure {
  return { reason: kind === "node" ? Reason.SERVER_FULL : Reason.RATE_LIMITED, message, retryAfterMs };
}

function isAttachRequest(attach: AttachRequest | FieldFailure | Failure): attach is AttachRequest {
  return "kind" in attach;
}
