import { Reason } from "@parley/contract";
import { FieldReader, MalformedError, WireType } from "../session/field-reader.ts";
import type { SessionHost } from "../session/session-host.ts";
import { SignalField } from "../session/signal-reader.ts";
import type { CallHandler, OpenCall } from "./call.ts";
import { SessionStream } from "./session-stream.ts";

/** `SignalingService.Receive`: the receiving half of a session. */
export function openReceive(host: SessionHost): OpenCall {
  return (call) => new ReceiveCall(call, host);
}

class ReceiveCall extends SessionStream implements CallHandler {
  message(bytes: Uint8Array): void {
    if (this.session.begun) return;
    try {
      const { body, bodyBytes, poll } = readReceiveRequest(bytes);
      this.begin(body, bodyBytes, poll);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.session.fail({
        reason: Reason.MALFORMED_MESSAGE,
        message: `not a ReceiveRequest: ${error.message}`,
      });
    }
  }

  halfClose(): void {}
}

function readReceiveRequest(bytes: Uint8Array) {
  const reader = new FieldReader(bytes);
  let body = 0;
  let bodyBytes: Uint8Array = new Uint8Array(0);
  let poll = false;
  while (reader.next()) {
    if (reader.field === 1 || reader.field === 2) {
      reader.expect(WireType.bytes);
      if (body !== 0) throw new MalformedError("it has two bodies");
      body = reader.field === 1 ? SignalField.join : SignalField.resume;
      bodyBytes = reader.value();
    } else if (reader.field === 3) {
      reader.expect(WireType.varint);
      poll = reader.varint !== 0;
    }
  }
  return { body, bodyBytes, poll };
}
