import { ByteReader } from "./byte-reader.ts";
import { CodecError } from "./codec-error.ts";
import { wireOf } from "./encode.ts";
import type { FieldType, MessageType } from "./message-type.ts";

/**
 * The message that these bytes encode. Fields that the type does not know are passed over. Throws a `CodecError` for
 * bytes that are no such message.
 */
export function decode<Message extends object>(type: MessageType<Message>, bytes: Uint8Array): Message {
  return readMessage(type, new ByteReader(bytes)) as Message;
}

type Properties = Record<string, unknown>;
type Kind = FieldType[2];

function readMessage(
  type: MessageType<object>,
  reader: ByteReader,
  message = emptyMessage(type),
): Properties {
  while (!reader.atEnd) {
    const { low: tag } = reader.varint();
    const number = tag >>> 3;
    if (number === 0) throw new CodecError("a field has the number 0");
    const wire = tag & 7;
    const field = type.fields.find(([known]) => known === number);
    if (field === undefined || !readField(message, field, reader, wire)) reader.skip(number, wire);
  }
  return message;
}

function emptyMessage({ fields }: MessageType<object>): Properties {
  const message: Properties = {};
  for (const [, name, kind, rule] of fields) {
    if (typeof rule === "object") message[rule.oneof] = { case: undefined };
    else if (rule === "repeated") message[name] = [];
    else if (rule === "map") message[name] = {};
    else if (rule === undefined && typeof kind !== "object") message[name] = emptyValue(kind);
  }
  return message;
}

function emptyValue(kind: Kind): unknown {
  if (typeof kind === "object") return emptyMessage(kind);
  if (kind === "string") return "";
  if (kind === "bytes") return new Uint8Array();
  if (kind === "bool") return false;
  return kind === "int64" ? 0n : 0;
}

/** Returns false for a value that does not lie on the wire as the field wants it. */
function readField(message: Properties, field: FieldType, reader: ByteReader, wire: number): boolean {
  const [, name, kind, rule] = field;
  const expected = wireOf(kind);
  if (rule === "repeated" && expected === 0 && wire === 2) {
    const packed = new ByteReader(reader.bytes());
    while (!packed.atEnd) (message[name] as unknown[]).push(readValue(kind, packed));
    return true;
  }
  // The entries of a map are messages.
  if (wire !== (rule === "map" ? 2 : expected)) return false;
  if (rule === "repeated") (message[name] as unknown[]).push(readValue(kind, reader));
  else if (rule === "map") message[name] = { ...(message[name] as Properties), ...readEntry(kind, reader) };
  else if (typeof rule === "object") {
    const member = message[rule.oneof] as { case?: string; value?: unknown };
    const before = member.case === name ? member.value : undefined;
    message[rule.oneof] = { case: name, value: readValue(kind, reader, before) };
  } else message[name] = readValue(kind, reader, message[name]);
  return true;
}

/** An entry of a map, as an object of its own. */
function readEntry(kind: Kind, reader: ByteReader): Properties {
  const type: MessageType<object> = {
    fields: [
      [1, "key", "string"],
      [2, "value", kind],
    ],
  };
  const { key, value = emptyValue(kind) } = readMessage(type, new ByteReader(reader.bytes()));
  // Unlike an assignment, this does not set the prototype under the key "__proto__".
  return { [key as string]: value };
}

/** @param before what the field holds already: a message that comes in parts is merged. */
function readValue(kind: Kind, reader: ByteReader, before?: unknown): unknown {
  if (typeof kind === "object") {
    return readMessage(kind, new ByteReader(reader.bytes()), before as Properties | undefined);
  }
  if (kind === "string") return reader.string();
  if (kind === "bytes") return reader.bytes().slice();
  const { low, high } = reader.varint();
  if (kind === "bool") return low !== 0 || high !== 0;
  if (kind === "int64") return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  return kind === "int32" ? low | 0 : low;
}
