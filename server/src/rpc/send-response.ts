import { create, toBinary } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { Reason, SendSignalsResponseSchema } from "@parley/contract";
import { SendSignalsResponseField } from "../codec/field-numbers.ts";
import { varintLength, writeVarint } from "../codec/varint.ts";
import { tagOf, WireType } from "../codec/wire-type.ts";
import { parleyError } from "../errors/parley-error.ts";
import type { Rejection } from "../switchboard/batch.ts";
import { rejectedOf } from "../switchboard/entry.ts";
import type { ReadBatch } from "./send-request.ts";

const none = new Uint8Array(0);
const ackTag = tagOf(SendSignalsResponseField.ack, WireType.varint);

/** Encodes the answer to a batch. */
export function encodeResponse(ack: number, rejections: readonly Rejection[], batch: ReadBatch): Uint8Array {
  if (rejections.length === 0) return encodeAck(ack);
  const rejected = rejections.map((rejection) => ({
    ...rejectedOf(rejection),
    batchIndex: positionOf(rejection.index, batch),
  }));
  return toBinary(SendSignalsResponseSchema, create(SendSignalsResponseSchema, { ack, rejected }));
}

/** An answer in which nothing was rejected, which is nearly every one: the field `ack`. */
function encodeAck(ack: number): Uint8Array {
  if (ack === 0) return none;
  const bytes = new Uint8Array(1 + varintLength(ack));
  bytes[0] = ackTag;
  writeVarint(bytes, 1, ack);
  return bytes;
}

/** The position that a submission of a batch had in its request. */
function positionOf(index: number, { skipped }: ReadBatch): number {
  return skipped.reduce((position, one) => (one <= position ? position + 1 : position), index);
}

/** The error of a batch that stopped at a signal without a readable number, when what stands before it is stored. */
export function stoppedError({ index, message }: NonNullable<ReadBatch["stop"]>, ack: number): ConnectError {
  const field = `signals[${index}]`;
  return parleyError(
    Reason.MALFORMED_MESSAGE,
    `${field}: ${message}. Its seq cannot be read, so the batch stops there; what stands before it is kept`,
    {
      violations: [{ field, description: message }],
      metadata: { batch_index: String(index), ack: String(ack) },
    },
  );
}
