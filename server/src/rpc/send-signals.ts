import type { ConnectError } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import { MalformedError } from "../session/field-reader.ts";
import { HeldBatches, type StopHolding } from "../session/held-batches.ts";
import type { SessionContext } from "../session/session-context.ts";
import type { Timer } from "../time/timers.ts";
import type { Call, CallHandler, OpenCall } from "./call.ts";
import { callError } from "./call-error.ts";
import { findToken, type ReadBatch, readBatch, readToken } from "./send-request.ts";
import { encodeResponse, stoppedError } from "./send-response.ts";

/** `SignalingService.SendSignals`: the sending half of a session, on whichever node it arrives. */
export function openSendSignals(context: SessionContext): OpenCall {
  const batches = new HeldBatches(context.switchboard, context.timers, context.settings);
  return (call) => new SendSignalsCall(call, context, batches);
}

class SendSignalsCall implements CallHandler {
  readonly #call: Call;
  readonly #context: SessionContext;
  readonly #batches: HeldBatches;
  /** The deadline of the request; a call that never asks would hold its stream of HTTP/2 for ever. */
  readonly #timer: Timer;
  #vettedToken: string | undefined;
  #stopHolding: StopHolding | undefined;

  constructor(call: Call, context: SessionContext, batches: HeldBatches) {
    this.#call = call;
    this.#context = context;
    this.#batches = batches;
    this.#timer = context.timers.after(context.settings.firstMessageMs, () => {
      call.end(callError({ reason: Reason.FIRST_MESSAGE_TIMEOUT, message: "no request came in time" }));
    });
  }

  vet(head: Uint8Array, json: boolean): ConnectError | undefined {
    const token = findToken(head, json, this.#context.settings);
    if (token === undefined) {
      const message = `the session token is not among the first ${head.byteLength} bytes: put it before the signals`;
      return callError({ reason: Reason.MALFORMED_MESSAGE, message });
    }
    const failure = this.#context.switchboard.tokenFailure(token);
    this.#vettedToken = token;
    return failure && callError(failure);
  }

  message(bytes: Uint8Array): void {
    this.#context.timers.cancel(this.#timer);
    try {
      const { switchboard, settings } = this.#context;
      const token = readToken(bytes, settings);
      const failure = token === this.#vettedToken ? undefined : switchboard.tokenFailure(token);
      if (failure !== undefined) return this.#call.end(callError(failure));
      this.#call.prove?.();
      const batch = readBatch(bytes, settings);
      if ("reason" in batch) return this.#call.end(callError(batch));
      this.#submit(token, batch, bytes.byteLength);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const message = `not a SendSignalsRequest: ${error.message}`;
      this.#call.end(callError({ reason: Reason.MALFORMED_MESSAGE, message }));
    }
  }

  #submit(token: string, batch: ReadBatch, bytes: number): void {
    this.#stopHolding = this.#batches.submit(token, batch, bytes, (outcome) => {
      if (!outcome.ok) return this.#call.end(callError(outcome.failure));
      if (batch.stop !== undefined) return this.#call.end(stoppedError(batch.stop, outcome.accepted));
      this.#call.write(encodeResponse(outcome.accepted, outcome.rejected, batch));
      this.#call.end();
    });
  }

  halfClose(): void {}
  drain(): void {}

  closed(): void {
    this.#context.timers.cancel(this.#timer);
    this.#stopHolding?.();
  }
}
