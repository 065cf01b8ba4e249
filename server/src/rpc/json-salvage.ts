import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { SendSignalsRequestSchema, SignalRequestSchema } from "@parley/contract";
import { SendSignalsRequestField } from "../codec/field-numbers.ts";
import { encodeUnreadable } from "../codec/unreadable-signal.ts";
import { tagOf, WireType } from "../codec/wire-type.ts";
import type { JsonToBinary, Salvage } from "./call.ts";

const signalsTag = tagOf(SendSignalsRequestField.signals, WireType.bytes);
const largestSeq = 2 ** 32 - 1;

/**
 * Saves the good signals of a batch in JSON: each one that cannot be read is replaced by a mark with its number, under
 * which it is then rejected. Behind one whose number cannot be read, the batch ends.
 */
export function salvageBatch(mostSignals: number): Salvage {
  return (json, toBinary) => {
    if (!isObject(json)) return undefined;
    const { signals, ...rest } = json;
    if (!Array.isArray(signals)) return undefined;
    const writer = new BinaryWriter();
    try {
      writer.raw(toBinary(SendSignalsRequestSchema, rest));
    } catch {
      return undefined;
    }
    withoutStacks(() => {
      // One more than allowed, so that the batch is found too large.
      for (const signal of signals.slice(0, mostSignals + 1)) {
        writer.uint32(signalsTag).bytes(salvaged(signal, toBinary));
        if (seqOf(signal) === undefined) break;
      }
    });
    return writer.finish();
  };
}

/** Errors are expected here, one for each bad signal, and their stacks would take most of the time. */
function withoutStacks(run: () => void): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Saves the number of a signal on a stream, so that the stream goes on. What has none ends it. */
export const salvageSignal: Salvage = (json, toBinary) => {
  const seq = seqOf(json);
  return seq === undefined || seq === 0 ? undefined : salvaged(json, toBinary);
};

function salvaged(signal: JsonValue, toBinary: JsonToBinary): Uint8Array {
  try {
    return toBinary(SignalRequestSchema, signal);
  } catch (error) {
    return Buffer.concat([
      ...readableFields(signal, toBinary),
      encodeUnreadable(seqOf(signal), faultOf(error)),
    ]);
  }
}

/** What else a rejection repeats of its signal: each field that can be read by itself. */
const repeated = ["ack", "to", "negotiationId", "negotiation_id", "toSession", "to_session"];

function readableFields(signal: JsonValue, toBinary: JsonToBinary): Uint8Array[] {
  if (!isObject(signal)) return [];
  return repeated.flatMap((name) => {
    const { [name]: value } = signal;
    if (value === undefined) return [];
    try {
      return [toBinary(SignalRequestSchema, { [name]: value })];
    } catch {
      return []; // this is what is wrong, or a part of it
    }
  });
}

/** The number of a signal by the rules of ProtoJSON, 0 if it has none; undefined if it cannot be read. */
function seqOf(signal: JsonValue): number | undefined {
  if (!isObject(signal)) return undefined;
  const { seq: given } = signal;
  const value = given ?? 0;
  const seq = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const isSeq = typeof seq === "number" && Number.isInteger(seq) && seq >= 0 && seq <= largestSeq;
  return isSeq ? seq : undefined;
}

/** What is wrong, without the value: a signal holds addresses. */
function faultOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ from JSON:? .*$/s, "");
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
