import { isAscii } from "node:buffer";
import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type Registry,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import type { Route } from "../rpc/call.ts";
import { dropNulls } from "./json-nulls.ts";
import { hasMoreTokens } from "./json-tokens.ts";
import { malformed, textOf } from "./wire-error.ts";

/** The first byte of an envelope is at most this, and that of JSON never. */
const lastFlags = 1;
const quote = 0x22;
const enveloped = "it begins with an envelope, which only the messages of streams have";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * How many bytes of JSON may encode one byte of a message: SDP takes less than 1.2. The limit itself counts the
 * encoded message. More would take too long to parse: a string of escapes takes three times as long as SDP.
 */
export const jsonPerBinary = 1.6;

/** A method whose messages come and go as JSON. */
export type JsonMethod = Pick<Route, "method" | "salvage">;

/** JSON outside, binary protobuf inside: the canonical mapping of protobuf. Unknown fields are passed over. */
export class JsonCodec {
  readonly #route: JsonMethod;
  readonly #registry: Registry;
  readonly #maxTokens: number;

  /**
   * @param registry the types that a `google.protobuf.Any` may hold.
   * @param maxTokens braces, brackets, colons and commas of one request.
   */
  constructor(route: JsonMethod, registry: Registry, maxTokens: number) {
    this.#maxTokens = maxTokens;
    this.#route = route;
    this.#registry = registry;
  }

  /**
   * A request as binary. Throws a WireFault.
   *
   * @param shape makes the message of the method of what was sent.
   */
  decode(json: Uint8Array, shape: (value: JsonValue) => JsonValue = asItIs): Uint8Array {
    const { method, salvage } = this.#route;
    if (hasMoreTokens(json, this.#maxTokens)) {
      throw malformed(`not JSON of ${method.input.name}: it has more than ${this.#maxTokens} parts`);
    }
    let value: JsonValue | undefined;
    try {
      const text = textOfBytes(json);
      value = shape(JSON.parse(text) as JsonValue);
      if (text.includes("null")) dropNulls(method.input, value);
      return this.#toBinary(method.input, value);
    } catch (error) {
      const saved = value === undefined ? undefined : salvage?.(value, this.#toBinary);
      if (saved !== undefined) return saved;
      const fault = (json[0] ?? quote) <= lastFlags ? enveloped : textOf(error);
      throw malformed(`not JSON of ${method.input.name}: ${fault}`);
    }
  }

  readonly #toBinary = (desc: DescMessage, json: JsonValue): Uint8Array => {
    const options = { ignoreUnknownFields: true, registry: this.#registry };
    return toBinary(desc, fromJson(desc, json, options));
  };

  /** A response as JSON. Throws what is the handler's fault. */
  encode(binary: Uint8Array): Uint8Array {
    const { output } = this.#route.method;
    return encoder.encode(toJsonString(output, fromBinary(output, binary), { registry: this.#registry }));
  }
}

const asItIs = (value: JsonValue): JsonValue => value;

/** Throws TypeError unless the bytes are UTF-8. */
function textOfBytes(bytes: Uint8Array): string {
  // Most JSON is ASCII, which takes a tenth of the time.
  if (!isAscii(bytes)) return decoder.decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
