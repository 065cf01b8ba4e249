import { create, toBinary } from "@bufbuild/protobuf";
import { Reason, SendSignalsResponseSchema } from "@parley/contract";
import { MalformedError } from "../session/field-reader.ts";
import type { SessionHost } from "../session/session-host.ts";
import { varintLength, writeVarint } from "../session/varint.ts";
import { rejectedOf } from "../switchboard/entry.ts";
import type { Batch, Rejection } from "../switchboard/switchboard.ts";
import type { Timer } from "../time/timers.ts";
import type { Call, CallHandler, OpenCall } from "./call.ts";
import { callError } from "./call-error.ts";
import { readBatch, readToken } from "./send-request.ts";

/** `SignalingService.SendSignals`: the sending half of a session, on whichever node it arrives. */
export function openSendSignals(host: SessionHost): OpenCall {
  return (call) => new SendSignalsCall(call, host);
}

class SendSignalsCall implements CallHandler {
  readonly #call: Call;
  readonly #host: SessionHost;
  /** The deadline of the request; a call that never asks would hold its stream of HTTP/2 for ever. */
  readonly #timer: Timer;

  constructor(call: Call, host: SessionHost) {
    this.#call = call;
    this.#host = host;
    this.#timer = host.timers.after(host.settings.firstMessageMs, () => {
      call.end(callError({ reason: Reason.FIRST_MESSAGE_TIMEOUT, message: "no request came in time" }));
    });
  }

  message(bytes: Uint8Array): void {
    this.#host.timers.cancel(this.#timer);
    try {
      const { switchboard, settings } = this.#host;
      const token = readToken(bytes, settings);
      const failure = switchboard.tokenFailure(token);
      if (failure !== undefined) return this.#call.end(callError(failure));
      const batch = readBatch(bytes, settings);
      if ("reason" in batch) return this.#call.end(callError(batch));
      this.#submit(token, batch);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const message = `not a SendSignalsRequest: ${error.message}`;
      this.#call.end(callError({ reason: Reason.MALFORMED_MESSAGE, message }));
    }
  }

  #submit(token: string, batch: Batch): void {
    this.#host.switchboard.submit(token, batch, (outcome) => {
      if (!outcome.ok) return this.#call.end(callError(outcome.failure));
      this.#call.write(encodeResponse(outcome.accepted, outcome.rejected));
      this.#call.end();
    });
  }

  halfClose(): void {}
  drain(): void {}

  closed(): void {
    this.#host.timers.cancel(this.#timer);
  }
}

function encodeResponse(ack: number, rejected: readonly Rejection[]): Uint8Array {
  if (rejected.length === 0) return encodeAck(ack);
  return toBinary(
    SendSignalsResponseSchema,
    create(SendSignalsResponseSchema, { ack, rejected: rejected.map(rejectedOf) }),
  );
}

/** A response in which nothing was rejected, which is nearly every one: the field `ack`. */
function encodeAck(ack: number): Uint8Array {
  if (ack === 0) return new Uint8Array(0);
  const bytes = new Uint8Array(1 + varintLength(ack));
  bytes[0] = ackTag;
  writeVarint(bytes, 1, ack);
  return bytes;
}

const ackTag = 0x08; // field 1, varint
