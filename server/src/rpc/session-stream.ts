import type { ConnectError } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import { type AttachRequest, type FieldFailure, readAttachRequest } from "../session/attach-request.ts";
import { type Outlet, Session } from "../session/session.ts";
import type { SessionHost } from "../session/session-host.ts";
import type { Failure } from "../switchboard/switchboard.ts";
import type { Call, Caller, Refusal } from "./call.ts";
import { callError } from "./call-error.ts";

/** What `Signal` and `Receive` have in common: a session that writes to a call. */
export class SessionStream implements Outlet {
  readonly call: Call;
  readonly session: Session;
  readonly #host: SessionHost;
  /** Set while it counts as a session of its client. */
  #caller: Caller | undefined;

  constructor(call: Call, host: SessionHost) {
    this.call = call;
    this.#host = host;
    this.session = new Session(host, this);
  }

  /** Before it has a session, a client may cost little. */
  get messageBytes(): number {
    const { firstMessageBytes, messageBytes } = this.#host.settings;
    return this.session.begun ? messageBytes : firstMessageBytes;
  }

  /** Opens the session with the body of a first message. Throws MalformedError. */
  begin(body: number, bytes: Uint8Array, poll = false): void {
    const attach = readAttachRequest(body, bytes, this.#host.settings);
    if (!isAttachRequest(attach)) return this.session.fail(attach);
    const caller = this.call.caller;
    const refusal = caller?.enter();
    if (refusal !== undefined) return this.session.fail(failureOf(refusal));
    this.#caller = caller;
    let waited = false;
    const begin = () => {
      try {
        if (!this.session.gone) this.session.begin(attach, poll);
      } catch (error) {
        // Whatever is thrown at once, the wire logs and answers. Later it is not there to catch it.
        if (waited) this.session.fail({ reason: Reason.INTERNAL, message: "internal error" });
        throw error;
      }
    };
    waited = !this.#host.attaches.run(begin);
    // Nothing is read until it has begun; then the session goes on to read.
    if (waited) this.call.pause();
  }

  opened(): void {
    this.call.prove?.();
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    return this.call.write(head, rest);
  }

  end(cause?: Failure | FieldFailure): void {
    this.call.end(cause && callError(cause));
  }

  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }

  drain(): void {
    this.session.drained();
  }

  closed(_error?: ConnectError): void {
    this.#caller?.leave();
    this.#caller = undefined;
    this.session.closed();
  }
}

function failureOf({ kind, message, retryAfterMs }: Refusal): Failure {
  return { reason: kind === "node" ? Reason.SERVER_FULL : Reason.RATE_LIMITED, message, retryAfterMs };
}

function isAttachRequest(attach: AttachRequest | FieldFailure | Failure): attach is AttachRequest {
  return "kind" in attach;
}
