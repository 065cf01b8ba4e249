import { Reason } from "@parley/contract";
import { SendSignalsRequestField, SignalField } from "../codec/field-numbers.ts";
import { FieldReader, MalformedError } from "../codec/field-reader.ts";
import { readSignal } from "../codec/signal-reader.ts";
import { seqOfMalformed } from "../codec/unreadable-signal.ts";
import { WireType } from "../codec/wire-type.ts";
import { readRefresh } from "../session/refresh.ts";
import type { SignalAllowance } from "../session/signal-allowance.ts";
import {
  malformedSubmission,
  type SignalGrants,
  type SignalLimits,
  submissionOf,
  tooOften,
} from "../session/submission.ts";
import type { Batch, Submission } from "../switchboard/batch.ts";
import type { Failure } from "../switchboard/failure.ts";

/** The bounds of one `SendSignalsRequest`. */
export interface BatchLimits extends SignalLimits {
  readonly batchSignals: number;
}

/** Fields of the request itself, beside its signals: those of later versions too. */
const otherFields = 64;

/**
 * The session token of an encoded `SendSignalsRequest`, found without a look into its signals; empty if it has none.
 * Throws MalformedError.
 */
export function readToken(bytes: Uint8Array, { batchSignals }: Pick<BatchLimits, "batchSignals">): string {
  const reader = new FieldReader(bytes, 0, bytes.byteLength, batchSignals + otherFields);
  while (reader.next()) if (reader.field === SendSignalsRequestField.sessionToken) return reader.text();
  return "";
}

/**
 * The session token in the first bytes of a long request, which may end anywhere; undefined if it is not there.
 * JSON is only searched: nothing is parsed before the token is known to be right.
 */
export function findToken(
  head: Uint8Array,
  json: boolean,
  limits: Pick<BatchLimits, "batchSignals">,
): string | undefined {
  if (json) return tokenInJson.exec(Buffer.from(head).toString("latin1"))?.[1];
  try {
    const token = readToken(head, limits);
    return token === "" ? undefined : token;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

const tokenInJson = /"session(?:Token|_token)"\s*:\s*"([A-Za-z0-9_.-]{1,400})"/;

const none: readonly number[] = [];

/** What the client of a request may send, now. */
export interface Sending {
  readonly allowance: SignalAllowance;
  readonly now: number;
}

/** A newer access token, which is not verified yet. */
export interface PendingRefresh {
  /** The index of its submission. */
  readonly at: number;
  readonly accessToken: string;
}

/** What a request asks for. */
export interface ReadBatch extends Batch {
  /** Which signals of the request became no submission, such as heartbeats; rising. */
  readonly skipped: readonly number[];
  /** The submissions that are nothing before their access token is verified. */
  readonly refreshes: readonly PendingRefresh[];
  /** The signal at which the batch stops, because not even its number can be read; and what is wrong with it. */
  readonly stop?: { readonly index: number; readonly message: string };
}

/**
 * The signals of an encoded `SendSignalsRequest`, read until one is too many. One that is malformed is rejected under
 * its number; behind one without a readable number nothing is taken, since what follows it would leave a gap. Throws
 * MalformedError.
 *
 * @param sending what each signal is taken from; without it, nothing is limited.
 */
export function readBatch(
  bytes: Uint8Array,
  limits: BatchLimits,
  grants: SignalGrants,
  sending?: Sending,
): ReadBatch | Failure {
  const reader = new FieldReader(bytes, 0, bytes.byteLength, limits.batchSignals + otherFields);
  const submissions: Submission[] = [];
  const refreshes: PendingRefresh[] = [];
  let skipped = none;
  let heartbeat = false;
  let ack = 0;
  let signals = 0;
  let tokens = 0;
  while (reader.next()) {
    // Only the first was checked.
    if (reader.field === SendSignalsRequestField.sessionToken && ++tokens > 1)
      throw new MalformedError("it has two session tokens");
    if (reader.field !== SendSignalsRequestField.signals) continue;
    reader.expect(WireType.bytes);
    if (++signals > limits.batchSignals) {
      return {
        reason: Reason.BATCH_TOO_LARGE,
        message: `a batch has at most ${limits.batchSignals} signals`,
      };
    }
    const { valueStart, valueEnd } = reader;
    try {
      const signal = readSignal(bytes, valueStart, valueEnd);
      if (signal.ack > ack) ack = signal.ack;
      if (signal.body === SignalField.join || signal.body === SignalField.resume) {
        return { reason: Reason.ALREADY_JOINED, message: "a batch must not contain join or resume" };
      }
      if (signal.body === SignalField.unnumbered) throw new MalformedError(signal.bodyBytes.toString());
      if (signal.body === SignalField.heartbeat || signal.isBareAck) {
        heartbeat ||= signal.body === SignalField.heartbeat;
        skipped = [...skipped, signals - 1];
      } else {
        const size = valueEnd - valueStart;
        const waitMs = sending === undefined ? 0 : sending.allowance.take(size, sending.now);
        if (sending !== undefined && waitMs > 0) {
          submissions.push(tooOften(signal, waitMs, sending.allowance.limitedBy));
        } else if (signal.body === SignalField.refresh) {
          refreshes.push({ at: submissions.length, accessToken: readRefresh(signal.bodyBytes) });
          submissions.push({ kind: "note", seq: signal.seq, text: "" });
        } else submissions.push(submissionOf(signal, size, limits, grants));
      }
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const { message } = error;
      const seq = seqOfMalformed(bytes, valueStart, valueEnd);
      if (seq === undefined)
        return { submissions, refreshes, ack, heartbeat, skipped, stop: { index: signals - 1, message } };
      submissions.push(malformedSubmission(seq, message));
    }
  }
  return { submissions, refreshes, ack, heartbeat, skipped };
}
