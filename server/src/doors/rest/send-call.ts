import { fromBinary, toJsonString } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { SendSignalsResponseSchema } from "@parley/contract";
import { callError } from "../../rpc/call-error.ts";
import type { HttpExchange } from "../../wire/http-exchange.ts";
import type { Endpoint } from "../../wire/wire-call.ts";
import { RestCall, type RestRequest } from "./rest-call.ts";
import { sendJson } from "./send-json.ts";

/**
 * How a batch is answered: with the acknowledgement and all rejections, or, if its only signal is what the request
 * itself asks for, with an error when that is rejected.
 */
export type SendAnswer = "batch" | "single" | "empty";

/** `SendSignals`, for a batch, an update or a leave. */
export class SendCall extends RestCall {
  readonly #answer: SendAnswer;
  #response: Uint8Array | undefined;

  constructor(exchange: HttpExchange, endpoint: Endpoint, request: RestRequest, answer: SendAnswer) {
    super(exchange, endpoint, request);
    this.#answer = answer;
  }

  write(head: Uint8Array, rest?: Uint8Array): boolean {
    if (this.ended) return false;
    this.#response = Buffer.concat(rest === undefined ? [head] : [head, rest]);
    return true;
  }

  protected override finish(error: ConnectError | undefined): void {
    if (error !== undefined) return this.refuse(error);
    const response = fromBinary(SendSignalsResponseSchema, this.#response ?? new Uint8Array(0));
    const [rejected] = response.rejected;
    if (rejected !== undefined && this.#answer !== "batch") {
      const { reason, message, retryAfter } = rejected;
      const retryAfterMs = retryAfter && Number(retryAfter.seconds) * 1000 + retryAfter.nanos / 1e6;
      return this.refuse(
        callError({ reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }),
      );
    }
    if (this.#answer !== "empty") {
      return sendJson(this.exchange, 200, toJsonString(SendSignalsResponseSchema, response));
    }
    this.exchange.head(204, {});
    this.exchange.end();
  }
}
