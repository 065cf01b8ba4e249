import { create, type JsonObject, type JsonValue, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ReceiveRequestSchema, type ResumeSchema, SendSignalsRequestSchema } from "@parley/contract";
import type { JsonCodec } from "../../wire/json-codec.ts";
import { isDots, peerFault } from "./path-name.ts";
import type { RestRequest } from "./rest-call.ts";

/** The codecs of the two RPCs that a session is held by. */
export interface RestCodecs {
  readonly receive: JsonCodec;
  readonly sendSignals: JsonCodec;
}

const emptyObject = Buffer.from("{}");

/**
 * A join: the body is a `Join`, or absent. The path names the room.
 *
 * @param nonce in base64; that of the body if it is absent
 */
export function joinRequest(
  { receive }: RestCodecs,
  {
    room,
    nonce,
    poll,
  }: { readonly room: string; readonly nonce: string | undefined; readonly poll: boolean },
): RestRequest {
  const fixed: JsonObject = nonce === undefined ? { room } : { room, nonce };
  let name = "";
  const shape = (value: JsonValue): JsonValue => {
    name = nameIn(value);
    return { join: isObject(value) ? { ...value, ...fixed } : value, poll };
  };
  return {
    hasBody: true,
    read(body) {
      const message = receive.decode(body.byteLength === 0 ? emptyObject : body, shape);
      // Other faults of a name are found where the message is read.
      const fault = isDots(name) ? peerFault(name) : undefined;
      if (fault !== undefined) throw fault;
      return message;
    },
  };
}

/** The name that a join asks for. */
function nameIn(join: JsonValue): string {
  const name = isObject(join) ? (join["peerId"] ?? join["peer_id"]) : undefined;
  return typeof name === "string" ? name : "";
}

/** A resume: everything is in the headers and the query. */
export function resumeRequest(value: MessageInitShape<typeof ResumeSchema>, poll: boolean): RestRequest {
  const start = { case: "resume", value } as const;
  return {
    hasBody: false,
    read: () => toBinary(ReceiveRequestSchema, create(ReceiveRequestSchema, { start, poll })),
  };
}

/** A batch: the body is one `SignalRequest`, or a list of them. */
export function batchRequest(codecs: RestCodecs, sessionToken: string): RestRequest {
  return signalsRequest(codecs, sessionToken, (value) => (Array.isArray(value) ? value : [value]));
}

/** An update: the body is the metadata. */
export function metadataRequest(codecs: RestCodecs, sessionToken: string, seq: number): RestRequest {
  return signalsRequest(codecs, sessionToken, (metadata) => [{ seq, update: { metadata } }]);
}

/** A leave. */
export function leaveRequest(sessionToken: string, seq: number): RestRequest {
  const signals = [{ seq, body: { case: "leave", value: {} } } as const];
  return {
    hasBody: false,
    head: headOf(sessionToken),
    read: () =>
      toBinary(SendSignalsRequestSchema, create(SendSignalsRequestSchema, { sessionToken, signals })),
  };
}

function signalsRequest(
  { sendSignals }: RestCodecs,
  sessionToken: string,
  signalsOf: (value: JsonValue) => JsonValue[],
): RestRequest {
  return {
    hasBody: true,
    head: headOf(sessionToken),
    read: (body) => sendSignals.decode(body, (value) => ({ sessionToken, signals: signalsOf(value) })),
  };
}

/** The beginning of a `SendSignalsRequest`. */
function headOf(sessionToken: string): Uint8Array {
  return toBinary(SendSignalsRequestSchema, create(SendSignalsRequestSchema, { sessionToken }));
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
