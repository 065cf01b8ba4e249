import { type OutgoingHttpHeaders, STATUS_CODES } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema, Reason, reasonEntry, reasonName } from "@parley/contract";
import { addHeaders } from "../../wire/headers.ts";
import type { HttpExchange } from "../../wire/http-exchange.ts";
import { closedOf } from "./closed.ts";
import { sendJson } from "./send-json.ts";

/** The status of HTTP of a reason whose status code says less. */
const statuses: Partial<Record<Reason, number>> = {
  [Reason.MESSAGE_TOO_LARGE]: 413,
  [Reason.FIRST_MESSAGE_TIMEOUT]: 408,
  [Reason.SERVER_FULL]: 503,
  [Reason.SEQ_GAP]: 409,
  [Reason.RESUME_GAP]: 410,
  [Reason.SESSION_LOST]: 410,
  [Reason.METHOD_UNKNOWN]: 405,
  [Reason.ENCODING_UNSUPPORTED]: 415,
};

/** An error as `application/problem+json` has it (RFC 9457), with what the contract says of it. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  /** For people. */
  readonly detail: string;
  /** The name of the `Reason`, without its prefix. */
  readonly reason: string;
  /** What the client does next: `never`, `later`, `resume` or `rejoin`. */
  readonly retry: string;
  readonly retryAfterMs?: number;
  readonly violations?: readonly { readonly field: string; readonly description: string }[];
  /** Particulars, such as the `ack` of a batch that stopped in the middle. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** @param status that of its reason, if it is absent. */
function problemOf(error: ConnectError, status?: number): Problem {
  const { reason, message, retryAfter, violations } = closedOf(error);
  const code = status ?? statuses[reason] ?? codeToHttpStatus(error.code);
  const { retry = "", ...metadata } = error.findDetails(ErrorInfoSchema)[0]?.metadata ?? {};
  return {
    type: "about:blank",
    title: STATUS_CODES[code] ?? "",
    status: code,
    detail: message,
    reason: reasonName(reason),
    retry: retry || reasonEntry(reason).retry,
    ...(retryAfter === undefined
      ? {}
      : { retryAfterMs: Number(retryAfter.seconds) * 1000 + Math.ceil(retryAfter.nanos / 1e6) }),
    ...(violations.length === 0
      ? {}
      : { violations: violations.map(({ field, description }) => ({ field, description })) }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** Answers a request with an error. */
export function answerProblem(
  exchange: HttpExchange,
  error: ConnectError,
  more: { readonly status?: number; readonly headers?: OutgoingHttpHeaders } = {},
): void {
  const problem = problemOf(error, more.status);
  const headers: OutgoingHttpHeaders = { ...more.headers };
  addHeaders(headers, error.metadata);
  if (problem.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.ceil(problem.retryAfterMs / 1000));
  }
  // RFC 9110, section 15.5.2.
  if (problem.status === 401) headers["www-authenticate"] = "Bearer";
  sendJson(exchange, problem.status, JSON.stringify(problem), {
    contentType: "application/problem+json",
    headers,
  });
}
