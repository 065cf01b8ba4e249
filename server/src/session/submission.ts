import { Reason } from "@parley/contract";
import { isNegotiationId, isPeerId } from "../switchboard/names.ts";
import type { Failure, Submission } from "../switchboard/switchboard.ts";
import { bodyFault } from "./relayed-body.ts";
import { type ReadSignal, SignalField } from "./signal-reader.ts";

/**
 * What a numbered request becomes: a signal on its way, or a rejection that takes its number. `bytes` is the
 * size of the request. Throws MalformedError where the body is not the message that it should be.
 */
export function submissionOf(signal: ReadSignal, bytes: number, signalBytes: number): Submission {
  const { seq, to } = signal;
  if (signal.body === SignalField.leave) return { kind: "leave", seq };
  const fault = faultOf(signal, bytes, signalBytes);
  if (fault !== undefined) return { kind: "reject", seq, reason: fault.reason, message: fault.message };
  if (isPeerId(to)) return { kind: "relay", seq, to, payload: signal.relayBytes };
  const message = to === "" ? "the signal names no recipient" : "the recipient is not a peer_id";
  return { kind: "reject", seq, reason: Reason.RECIPIENT_INVALID, message };
}

/** What a malformed request becomes whose number could be read. */
export function rejectionOf(seq: number, message: string): Submission {
  return { kind: "reject", seq, reason: Reason.MALFORMED_MESSAGE, message };
}

function faultOf(signal: ReadSignal, bytes: number, signalBytes: number): Failure | undefined {
  if (bytes > signalBytes) {
    return {
      reason: Reason.MESSAGE_TOO_LARGE,
      message: `a signal has at most ${signalBytes} bytes, this one ${bytes}`,
    };
  }
  if (!isNegotiationId(signal.bytes, signal.negotiationIdStart, signal.negotiationIdEnd)) {
    return {
      reason: Reason.NEGOTIATION_ID_INVALID,
      message: "a negotiation_id has at most 128 visible ASCII characters",
    };
  }
  return bodyFault(signal.body, signal.bytes, signal.bodyStart, signal.bodyEnd);
}
