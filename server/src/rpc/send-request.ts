import { Reason } from "@parley/contract";
import { FieldReader, MalformedError, WireType } from "../session/field-reader.ts";
import { readSignal, SignalField } from "../session/signal-reader.ts";
import { submissionOf } from "../session/submission.ts";
import type { Batch, Failure, Submission } from "../switchboard/switchboard.ts";

/** The bounds of one `SendSignalsRequest`. */
export interface BatchLimits {
  readonly batchSignals: number;
  readonly signalBytes: number;
}

/** Fields of the request itself, beside its signals: those of later versions too. */
const otherFields = 64;

/**
 * The session token of an encoded `SendSignalsRequest`, found without a look into its signals; empty if it has none.
 * Throws MalformedError.
 */
export function readToken(bytes: Uint8Array, { batchSignals }: BatchLimits): string {
  const reader = new FieldReader(bytes, 0, bytes.byteLength, batchSignals + otherFields);
  while (reader.next()) if (reader.field === 1) return reader.text();
  return "";
}

/** The signals of an encoded `SendSignalsRequest`, read until one is too many. Throws MalformedError. */
export function readBatch(bytes: Uint8Array, limits: BatchLimits): Batch | Failure {
  const reader = new FieldReader(bytes, 0, bytes.byteLength, limits.batchSignals + otherFields);
  const submissions: Submission[] = [];
  let ack = 0;
  let signals = 0;
  let tokens = 0;
  while (reader.next()) {
    // Only the first was checked.
    if (reader.field === 1 && ++tokens > 1) throw new MalformedError("it has two session tokens");
    if (reader.field !== 2) continue;
    reader.expect(WireType.bytes);
    if (++signals > limits.batchSignals) {
      return {
        reason: Reason.BATCH_TOO_LARGE,
        message: `a batch has at most ${limits.batchSignals} signals`,
      };
    }
    const signal = readSignal(bytes, reader.valueStart, reader.valueEnd);
    if (signal.ack > ack) ack = signal.ack;
    if (signal.body === SignalField.join || signal.body === SignalField.resume) {
      return { reason: Reason.ALREADY_JOINED, message: "neither join nor resume belongs into a batch" };
    }
    if (signal.body !== SignalField.heartbeat) {
      submissions.push(submissionOf(signal, reader.valueEnd - reader.valueStart, limits.signalBytes));
    }
  }
  return { submissions, ack };
}
