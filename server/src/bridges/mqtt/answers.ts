import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Reason, Retry, reasonOf, retryOf, SignalResponseSchema } from "@parley/contract";
import { codeOf } from "../../errors/parley-error.ts";
import { encode, type Form } from "./payload.ts";

/** How a stream of a device ended: the content of `Closed`. */
export interface Ending {
  /** The gRPC status code. */
  readonly code: number;
  readonly reason: Reason;
  readonly message: string;
  readonly retry: Retry;
  readonly retryAfterMs?: number;
  /** The field at fault. */
  readonly field?: string;
}

/** An ending for a reason of the contract. */
export function endingOf(
  reason: Reason,
  message: string,
  more: Pick<Ending, "retryAfterMs" | "field"> = {},
): Ending {
  return { code: codeOf(reason), reason, message, retry: retryOf(reason), ...more };
}

const unavailable = 14;

/** A stream that broke: no reason of the service, so the session goes on, if there was one. */
export function brokenEnding(message: string, hadSession: boolean): Ending {
  const retry = hadSession ? Retry.RESUME : Retry.LATER;
  return { code: unavailable, reason: Reason.UNSPECIFIED, message, retry };
}

/** `REASON retry`, the milliseconds to wait, and a message. */
const closeForm = /^([A-Z][A-Z_]*) (never|later|resume|rejoin)(?: (\d+))?(?:: (.*))?$/s;
const retries: Readonly<Record<string, Retry>> = {
  never: Retry.NEVER,
  later: Retry.LATER,
  resume: Retry.RESUME,
  rejoin: Retry.REJOIN,
};
const normalClosure = 1000;
const firstStatusCode = 4000;

/** How a stream ended whose WebSocket was closed with this code and reason; undefined if its connection broke. */
export function endingOfClose(code: number, text: string): Ending | undefined {
  if (code === normalClosure) {
    return { code: 0, reason: Reason.UNSPECIFIED, message: "", retry: Retry.UNSPECIFIED };
  }
  const [, name = "", retry = "", delay, message = ""] = closeForm.exec(text) ?? [];
  if (name === "") return undefined;
  const reason = reasonOf(name) ?? Reason.UNSPECIFIED;
  return {
    code: code >= firstStatusCode ? code - firstStatusCode : codeOf(reason),
    reason,
    message,
    retry: retries[retry] ?? Retry.UNSPECIFIED,
    ...(delay === undefined ? {} : { retryAfterMs: Number(delay) }),
  };
}

/** The `SignalResponse` that carries an ending. */
export function closedPayload({ field, retryAfterMs, ...closed }: Ending, form: Form): Buffer {
  const violations = field === undefined ? [] : [{ field, description: closed.message }];
  const value = {
    ...closed,
    violations,
    ...(retryAfterMs === undefined ? {} : { retryAfter: durationFromMs(Math.ceil(retryAfterMs)) }),
  };
  return encode(
    SignalResponseSchema,
    create(SignalResponseSchema, { body: { case: "closed", value } }),
    form,
  );
}

/** A `SignalResponse` that refuses one message of which not even the number can be read. It is not numbered itself. */
export function rejectedPayload(reason: Reason, message: string, form: Form): Buffer {
  const value = { reason, message, retry: retryOf(reason) };
  return encode(
    SignalResponseSchema,
    create(SignalResponseSchema, { body: { case: "rejected", value } }),
    form,
  );
}
