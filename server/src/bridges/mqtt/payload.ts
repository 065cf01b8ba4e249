import { isUtf8 } from "node:buffer";
import {
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type SignalRequest, SignalRequestSchema } from "@parley/contract";

/** How a device writes its messages. */
export type Form = "proto" | "json";

/** JSON begins with `{`, which no protobuf message of the contract does. */
const brace = 0x7b;

export function formOf(payload: Buffer): Form {
  return payload[0] === brace ? "json" : "proto";
}

/** What one payload is, as far as it can be read without its fields. */
export type Kind = "opening" | "message" | "unreadable";

/** Whether a payload opens a stream (`join` or `resume`), belongs to one, or is no message at all. */
export function kindOf(payload: Buffer, form: Form): Kind {
  try {
    return form === "json" ? kindOfJson(payload) : kindOfBinary(payload);
  } catch {
    return "unreadable";
  }
}

function kindOfJson(payload: Buffer): Kind {
  if (!isUtf8(payload)) return "unreadable";
  const message = JSON.parse(payload.toString()) as Readonly<Record<string, unknown>>;
  return message["join"] == null && message["resume"] == null ? "message" : "opening";
}

function kindOfBinary(payload: Buffer): Kind {
  const reader = new BinaryReader(payload);
  let kind: Kind = "message";
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === opening.join || field === opening.resume) kind = "opening";
    reader.skip(type, field);
  }
  return kind;
}

const opening = {
  join: SignalRequestSchema.field.join.number,
  resume: SignalRequestSchema.field.resume.number,
};

/** Undefined if it is not a request. */
export function decodeRequest(payload: Buffer, form: Form): SignalRequest | undefined {
  try {
    return decode(SignalRequestSchema, payload, form);
  } catch {
    return undefined;
  }
}

/** A request as bytes of a form; undefined if it cannot be written in it, such as half of a surrogate pair. */
export function encodeRequest(request: SignalRequest, form: Form): Buffer | undefined {
  try {
    return encode(SignalRequestSchema, request, form);
  } catch {
    return undefined;
  }
}

/** Throws if the bytes are no such message. */
export function decode<Schema extends DescMessage>(
  schema: Schema,
  payload: Buffer,
  form: Form,
): MessageShape<Schema> {
  return form === "json"
    ? fromJsonString(schema, payload.toString(), { ignoreUnknownFields: true })
    : fromBinary(schema, payload);
}

export function encode<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
  form: Form,
): Buffer {
  return Buffer.from(form === "json" ? toJsonString(schema, message) : toBinary(schema, message));
}
