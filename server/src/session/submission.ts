import { fromBinary } from "@bufbuild/protobuf";
import { Reason, UpdateSchema } from "@parley/contract";
import type { Grants } from "../admission/grants.ts";
import type { IcePolicy } from "../admission/ice-policy.ts";
import { SignalField } from "../codec/field-numbers.ts";
import { MalformedError } from "../codec/field-reader.ts";
import type { ReadSignal } from "../codec/signal-reader.ts";
import type { RejectSubmission, Submission } from "../switchboard/batch.ts";
import type { Failure } from "../switchboard/failure.ts";
import { isNegotiationId, isPeerId } from "../switchboard/names.ts";
import { readDecision } from "./lobby/decision.ts";
import { metadataFault } from "./metadata-rule.ts";
import { noteOf } from "./note.ts";
import { bodyFault } from "./relayed-body.ts";
import type { SignalScope } from "./signal-allowance.ts";

/** What decides about a signal of the grants of its client. */
export type SignalGrants = Pick<Grants, "send" | "update" | "admit" | "icePolicy">;

/** The bounds of one request. */
export interface SignalLimits {
  readonly signalBytes: number;
  readonly metadataBytes: number;
}

/**
 * What a numbered request becomes: a signal on its way, or a rejection that takes its number. `bytes` is the
 * size of the request. Throws MalformedError where the body is not the message that it should be.
 */
export function submissionOf(
  signal: ReadSignal,
  bytes: number,
  limits: SignalLimits,
  { send, update, admit, icePolicy }: SignalGrants,
): Submission {
  const { seq, to, toSession } = signal;
  if (signal.body === SignalField.leave) return { kind: "leave", seq };
  if (signal.body === SignalField.update) {
    return update ? updateOf(signal, bytes, limits) : rejectionOf(signal, deniedOf("update"));
  }
  if (signal.body === SignalField.decide) {
    return admit ? decisionNote(signal) : rejectionOf(signal, deniedOf("admit"));
  }
  if (!send) return rejectionOf(signal, deniedOf("send"));
  const fault = faultOf(signal, bytes, limits, icePolicy);
  if (fault !== undefined) return rejectionOf(signal, fault);
  if (isPeerId(to)) return { kind: "relay", seq, to, toSession, payload: signal.relayBytes };
  const message = to === "" ? "the signal names no recipient" : "the recipient is not a peer_id";
  return rejectionOf(signal, { reason: Reason.RECIPIENT_INVALID, message });
}

/** What a signal becomes if too much is sent, by its session or by all in one of its scopes. Leaving is always possible. */
export function tooOften(signal: ReadSignal, retryAfterMs: number, limitedBy: SignalScope): Submission {
  if (signal.body === SignalField.leave) return { kind: "leave", seq: signal.seq };
  const message = `this ${limitedBy} sends too many signals, or too many bytes`;
  return { ...rejectionOf(signal, { reason: Reason.RATE_LIMITED, message }), retryAfterMs };
}

function deniedOf(grant: "send" | "update" | "admit"): Failure {
  return { reason: Reason.ACCESS_DENIED, message: `the access token does not grant ${grant}` };
}

/** What a newer access token becomes that is refused. */
export function refusedRefresh(seq: number, { reason, message, retryAfterMs }: Failure): Submission {
  const rejection = {
    kind: "reject",
    seq,
    reason,
    message,
    to: "",
    toSession: 0,
    negotiationId: "",
  } as const;
  return retryAfterMs === undefined ? rejection : { ...rejection, retryAfterMs };
}

/** What a malformed request becomes whose number could be read. */
export function malformedSubmission(seq: number, message: string): Submission {
  return {
    kind: "reject",
    seq,
    reason: Reason.MALFORMED_MESSAGE,
    message,
    to: "",
    toSession: 0,
    negotiationId: "",
  };
}

function faultOf(
  signal: ReadSignal,
  bytes: number,
  { signalBytes }: SignalLimits,
  icePolicy: IcePolicy | undefined,
): Failure | undefined {
  if (bytes > signalBytes) return tooLarge(bytes, signalBytes);
  if (!hasNegotiationId(signal)) {
    return {
      reason: Reason.NEGOTIATION_ID_INVALID,
      message: "a negotiation_id has at most 128 visible ASCII characters",
    };
  }
  return bodyFault(signal.body, signal.bytes, signal.bodyStart, signal.bodyEnd, icePolicy);
}

function updateOf(
  signal: ReadSignal,
  bytes: number,
  { signalBytes, metadataBytes }: SignalLimits,
): Submission {
  if (bytes > signalBytes) return rejectionOf(signal, tooLarge(bytes, signalBytes));
  const metadata = readUpdate(signal.bodyBytes);
  const message = metadataFault(metadata, metadataBytes);
  if (message !== undefined) return rejectionOf(signal, { reason: Reason.METADATA_INVALID, message });
  return { kind: "update", seq: signal.seq, metadata };
}

function decisionNote(signal: ReadSignal): Submission {
  const decision = readDecision(signal.bodyBytes);
  return "reason" in decision ? rejectionOf(signal, decision) : noteOf(signal.seq, { decision });
}

function readUpdate(bytes: Uint8Array): Readonly<Record<string, string>> {
  try {
    return fromBinary(UpdateSchema, bytes).metadata;
  } catch {
    throw new MalformedError("not an Update");
  }
}

function tooLarge(bytes: number, signalBytes: number): Failure {
  return {
    reason: Reason.MESSAGE_TOO_LARGE,
    message: `a signal has at most ${signalBytes} bytes; this one has ${bytes}`,
  };
}

function rejectionOf(signal: ReadSignal, { reason, message }: Failure): RejectSubmission {
  const { seq, to, toSession } = signal;
  return {
    kind: "reject",
    seq,
    reason,
    message,
    to: isPeerId(to) ? to : "",
    toSession,
    negotiationId: hasNegotiationId(signal) ? signal.negotiationId : "",
  };
}

function hasNegotiationId({ bytes, negotiationIdStart, negotiationIdEnd }: ReadSignal): boolean {
  return isNegotiationId(bytes, negotiationIdStart, negotiationIdEnd);
}
