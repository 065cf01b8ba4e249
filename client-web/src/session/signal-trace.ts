import type { SignalingError } from "../signaling-error.ts";
import type { Pending } from "./outbox.ts";
import { relayedBody, type SignalBody } from "./signals.ts";

/**
 * One signal on its way, for showing what signaling does. An outgoing one is reported when it is sent, and again
 * when it is acknowledged or rejected. Contains neither SDP nor addresses.
 */
export interface SignalTrace {
  readonly direction: "in" | "out";
  readonly kind: SignalBody["kind"];
  /** The other peer. */
  readonly peerId: string;
  readonly negotiationId: string;
  /** Its number among what this session received, or sent. A new session counts from 1. */
  readonly seq: number;
  /** When it was first sent, or received, in milliseconds since the epoch. */
  readonly at: number;
  /** From its first sending to its acknowledgement, in milliseconds. */
  readonly ackedAfterMs?: number;
  /** Why it will not arrive: a `SignalingError.reason`. */
  readonly rejected?: string;
  /** It came right behind the `Welcome` of a resumed stream, so it had waited in the mailbox; or it was sent again. */
  readonly replayed: boolean;
}

/** What happened to a signal of this side: it was sent, sent again, acknowledged, or rejected. */
export type Progress =
  | { readonly step: "sent"; readonly again: boolean }
  | { readonly step: "acknowledged" }
  | { readonly step: "rejected"; readonly error: SignalingError };

/** The trace of an outgoing signal; none of what is no signal, or was never sent. */
export function outgoingTrace(
  { request, sentAt, sentWallTime }: Pending,
  progress: Progress,
  now: number,
): SignalTrace | undefined {
  const body = relayedBody(request);
  if (body === undefined || sentAt === undefined || sentWallTime === undefined) return undefined;
  return {
    direction: "out",
    kind: body.kind,
    peerId: request.to,
    negotiationId: request.negotiationId,
    seq: request.seq,
    at: sentWallTime,
    replayed: progress.step === "sent" && progress.again,
    ...(progress.step === "acknowledged" ? { ackedAfterMs: now - sentAt } : {}),
    ...(progress.step === "rejected" ? { rejected: progress.error.reason } : {}),
  };
}
