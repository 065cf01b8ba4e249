import { Reason } from "@parley/contract";
import { MalformedError } from "../session/field-reader.ts";
import type { SessionHost } from "../session/session-host.ts";
import { readSignal } from "../session/signal-reader.ts";
import type { CallHandler, OpenCall } from "./call.ts";
import { SessionStream } from "./session-stream.ts";

/** `SignalingService.Signal`: a session over one full-duplex stream. */
export function openSignal(host: SessionHost): OpenCall {
  return (call) => new SignalStream(call, host);
}

class SignalStream extends SessionStream implements CallHandler {
  message(bytes: Uint8Array): void {
    if (this.session.begun) return this.session.request(bytes);
    try {
      const { body, bodyBytes } = readSignal(bytes);
      this.begin(body, bodyBytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.session.fail({
        reason: Reason.MALFORMED_MESSAGE,
        message: `not a SignalRequest: ${error.message}`,
      });
    }
  }

  halfClose(): void {
    this.session.halfClosed();
  }
}
