import type { ConnectError } from "@connectrpc/connect";
import { Reason } from "@parley/contract";
import type { Permit, Refused } from "../admission/admission.ts";
import { MalformedError } from "../codec/field-reader.ts";
import { HeldBatches, type StopHolding } from "../session/held-batches.ts";
import { placeBatch, tooEarly } from "../session/lobby/place.ts";
import { refreshOf } from "../session/refresh.ts";
import type { SessionContext } from "../session/session-context.ts";
import type { Submission } from "../switchboard/batch.ts";
import { isLobby } from "../switchboard/lobby.ts";
import { placeOf } from "../switchboard/session-token.ts";
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
  /** The deadline of the request; a call that never asks would hold its HTTP/2 stream forever. */
  readonly #timer: Timer;
  /** What its client may do; undefined until that is decided. */
  #permit: Exclude<Permit, Refused> | undefined;
  #vettedToken: string | undefined;
  #stopHolding: StopHolding | undefined;

  constructor(call: Call, context: SessionContext, batches: HeldBatches) {
    this.#call = call;
    this.#context = context;
    this.#batches = batches;
    this.#timer = context.timers.after(context.settings.firstMessageMs, () => {
      call.end(
        callError({ reason: Reason.FIRST_MESSAGE_TIMEOUT, message: "no request was received in time" }),
      );
    });
    const { authorization, caller } = call;
    const permit = context.admission.permit({ authorization, limitedAs: caller?.limitedAs });
    if (permit instanceof Promise) this.#awaitPermit(permit);
    else this.#permitted(permit);
  }

  /** Nothing of the request is read before its client is known. */
  #awaitPermit(permit: Promise<Permit>): void {
    this.#call.pause();
    permit.then(
      (late) => {
        this.#permitted(late);
        this.#call.resume();
      },
      (error: unknown) => this.#failed(error),
    );
  }

  #permitted(permit: Permit): void {
    if ("failure" in permit) this.#call.end(callError(permit.failure));
    else this.#permit = permit;
  }

  vet(head: Uint8Array, json: boolean): ConnectError | undefined {
    const token = findToken(head, json, this.#context.settings);
    if (token === undefined) {
      const message = `the session token is not among the first ${head.byteLength} bytes: put it before the signals`;
      return callError({ reason: Reason.MALFORMED_MESSAGE, message });
    }
    const failure = this.#context.switchboard.tokenFailure(token, this.#permit?.grants.owner);
    this.#vettedToken = token;
    return failure && callError(failure);
  }

  message(bytes: Uint8Array): void {
    this.#context.timers.cancel(this.#timer);
    try {
      const { switchboard, settings } = this.#context;
      const permit = this.#permit;
      if (permit === undefined)
        return this.#failed(new Error("a request came before its client was permitted"));
      const { owner } = permit.grants;
      const token = readToken(bytes, settings);
      const failure = token === this.#vettedToken ? undefined : switchboard.tokenFailure(token, owner);
      if (failure !== undefined) return this.#call.end(callError(failure));
      const permission = permit.in(token);
      if ("failure" in permission) return this.#call.end(callError(permission.failure));
      this.#call.prove?.();
      const address = this.#call.caller?.limitedAs;
      const { sessionId, room } = placeOf(token);
      const allowance = this.#context.budgets.of({ sessionId, room, owner, address });
      const now = this.#context.timers.now();
      const batch = readBatch(bytes, settings, permission.grants, { allowance, now });
      if ("reason" in batch) return this.#call.end(callError(batch));
      if (isLobby(room)) return this.#submitInLobby(token, batch);
      const { byteLength } = bytes;
      if (batch.refreshes.length === 0) return this.#submit(token, batch, byteLength);
      this.#verified(token, batch, owner).then(
        (verified) => this.#submit(token, verified, byteLength),
        (error: unknown) => this.#failed(error),
      );
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const message = `not a SendSignalsRequest: ${error.message}`;
      this.#call.end(callError({ reason: Reason.MALFORMED_MESSAGE, message }));
    }
  }

  /** The batch with what became of its access tokens. Copies what it keeps. */
  async #verified(sessionToken: string, batch: ReadBatch, owner: string): Promise<ReadBatch> {
    const submissions = batch.submissions.map(copyOf);
    const limitedAs = this.#call.caller?.limitedAs;
    for (const { at, accessToken } of batch.refreshes) {
      const seq = submissions[at]?.seq ?? 0;
      const permission = await this.#context.admission.refresh({
        accessToken,
        limitedAs,
        owner,
        sessionToken,
      });
      submissions[at] = refreshOf(seq, permission);
    }
    return { ...batch, submissions };
  }

  #failed(error: unknown): void {
    this.#context.onError(error);
    this.#call.end(callError({ reason: Reason.INTERNAL, message: "internal error" }));
  }

  #submit(token: string, batch: ReadBatch, bytes: number): void {
    this.#stopHolding = this.#batches.submit(token, batch, bytes, (outcome) => {
      if (!outcome.ok) return this.#call.end(callError(outcome.failure));
      if (batch.stop !== undefined) return this.#call.end(stoppedError(batch.stop, outcome.accepted));
      this.#call.write(encodeResponse(outcome.accepted, outcome.rejected, batch));
      this.#call.end();
    });
  }

  /** The client waits in a lobby: it may give its place up. */
  #submitInLobby(token: string, { submissions, ...batch }: ReadBatch): void {
    const place = batch.stop === undefined ? placeBatch({ submissions, ...batch }) : tooEarly;
    if ("reason" in place) return this.#call.end(callError(place));
    this.#context.switchboard.submit(token, place, (outcome) => {
      if (!outcome.ok) return this.#call.end(callError(outcome.failure));
      this.#call.write(encodeResponse(submissions.at(-1)?.seq ?? 0, [], { submissions, ...batch }));
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

/** The bytes of a request belong to the wire once its message was taken. */
function copyOf(submission: Submission): Submission {
  if (submission.kind !== "relay") return submission;
  return { ...submission, payload: new Uint8Array(submission.payload) };
}
