import type { ConnectError } from "@connectrpc/connect";
import type { Caller } from "../admission/caller.ts";
import { reasonOfError } from "../errors/parley-error.ts";
import type { FieldFailure } from "../session/attach-request.ts";
import type { RequestForm } from "../session/first-message.ts";
import { PeerStream } from "../session/peer-stream.ts";
import type { SessionContext } from "../session/session-context.ts";
import type { SessionOutput } from "../session/session-output.ts";
import type { Failure } from "../switchboard/failure.ts";
import type { Call, CallHandler } from "./call.ts";
import { callError } from "./call-error.ts";

/** The stream of a peer, carried by a call. */
export class PeerCall implements SessionOutput, CallHandler {
  readonly #call: Call;
  readonly #peer: PeerStream;

  constructor(call: Call, context: SessionContext, form: RequestForm) {
    this.#call = call;
    this.#peer = new PeerStream(context, this, form);
  }

  get caller(): Caller | undefined {
    return this.#call.caller;
  }

  get authorization(): string | undefined {
    return this.#call.authorization;
  }

  get messageBytes(): number {
    return this.#peer.messageBytes;
  }

  message(bytes: Uint8Array): void {
    this.#peer.message(bytes);
  }

  halfClose(): void {
    this.#peer.halfClosed();
  }

  drain(): void {
    this.#peer.drained();
  }

  closed(error?: ConnectError): void {
    this.#peer.closed(error && reasonOfError(error));
  }

  opened(): void {
    this.#call.prove?.();
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    return this.#call.write(head, rest);
  }

  end(cause?: Failure | FieldFailure): void {
    this.#call.end(cause && callError(cause));
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }
}
