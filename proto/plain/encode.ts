import { ByteWriter } from "./byte-writer.ts";
import { CodecError } from "./codec-error.ts";
import type { FieldType, MessageType, ScalarKind } from "./message-type.ts";

/**
 * The protobuf encoding of a message: its fields in the order of their numbers, without those that have the default.
 * Throws a `CodecError` for a value that its field cannot hold.
 */
export function encode<Message extends object>(
  type: MessageType<Message>,
  message: Message,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writeMessage(writer, type, message as Properties);
  return writer.finish();
}

type Properties = Readonly<Record<string, unknown>>;
type Kind = FieldType[2];

/** The types of the wire that the contract needs (https://protobuf.dev/programming-guides/encoding). */
const varintWire = 0;
const bytesWire = 2;

function writeMessage(writer: ByteWriter, { fields }: MessageType<object>, message: Properties): void {
  for (const [number, name, kind, rule] of fields) {
    if (typeof rule === "object") {
      const member = message[rule.oneof] as { case?: string; value?: unknown } | undefined;
      if (member?.case === name) writeField(writer, number, kind, member.value);
      continue;
    }
    const value = message[name];
    if (value === undefined) continue;
    if (rule === "repeated") writeList(writer, number, kind, value as readonly unknown[]);
    else if (rule === "map") writeMap(writer, number, kind, value as Properties);
    else if (rule === "optional" || typeof kind === "object" || !isDefault(value)) {
      writeField(writer, number, kind, value);
    }
  }
}

function isDefault(value: unknown): boolean {
  return value instanceof Uint8Array ? value.length === 0 : [0, 0n, "", false].some((none) => none === value);
}

function writeList(writer: ByteWriter, number: number, kind: Kind, values: readonly unknown[]): void {
  if (wireOf(kind) === bytesWire) for (const value of values) writeField(writer, number, kind, value);
  else if (values.length > 0) {
    const packed = new ByteWriter();
    for (const value of values) writeValue(packed, kind, value);
    writeTag(writer, number, bytesWire);
    writer.bytes(packed.finish());
  }
}

function writeMap(writer: ByteWriter, number: number, kind: Kind, map: Properties): void {
  for (const [key, value] of Object.entries(map)) {
    const entry = new ByteWriter();
    writeField(entry, 1, "string", key);
    writeField(entry, 2, kind, value);
    writeTag(writer, number, bytesWire);
    writer.bytes(entry.finish());
  }
}

function writeField(writer: ByteWriter, number: number, kind: Kind, value: unknown): void {
  writeTag(writer, number, wireOf(kind));
  writeValue(writer, kind, value);
}

function writeTag(writer: ByteWriter, number: number, wire: number): void {
  writer.varint(number * 8 + wire);
}

/** How a value of a kind lies on the wire: as a varint, or as bytes with their length. */
export function wireOf(kind: Kind): number {
  return typeof kind === "object" || kind === "string" || kind === "bytes" ? bytesWire : varintWire;
}

/** What a field of each kind can hold. */
const fits: Readonly<Record<ScalarKind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  bytes: (value) => value instanceof Uint8Array,
  bool: (value) => typeof value === "boolean",
  uint32: (value) => typeof value === "number" && value === value >>> 0,
  int32: (value) => typeof value === "number" && value === (value | 0),
  int64: (value) => typeof value === "bigint" && value === BigInt.asIntN(64, value),
};

function writeValue(writer: ByteWriter, kind: Kind, value: unknown): void {
  if (typeof kind === "object") {
    if (typeof value !== "object" || value === null) throw unfit(value, "message");
    const nested = new ByteWriter();
    writeMessage(nested, kind, value as Properties);
    writer.bytes(nested.finish());
    return;
  }
  if (!fits[kind](value)) throw unfit(value, kind);
  if (kind === "string") writer.string(value as string);
  else if (kind === "bytes") writer.bytes(value as Uint8Array);
  else writer.varint(kind === "bool" ? Number(value) : (value as number | bigint));
}

function unfit(value: unknown, type: string): CodecError {
  return new CodecError(`${String(value)} is not a value of type ${type}`);
}
