import {
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJsonString,
  type Registry,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { malformed, textOf } from "./wire-error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** JSON outside, binary protobuf inside: the canonical mapping of protobuf. Unknown fields are passed over. */
export class JsonCodec {
  readonly #input: DescMessage;
  readonly #output: DescMessage;
  readonly #registry: Registry;

  /** @param registry the types that a `google.protobuf.Any` may hold. */
  constructor({ input, output }: DescMethod, registry: Registry) {
    this.#input = input;
    this.#output = output;
    this.#registry = registry;
  }

  /** A request as binary. Throws a WireFault. */
  decode(json: Uint8Array): Uint8Array {
    try {
      const options = { ignoreUnknownFields: true, registry: this.#registry };
      return toBinary(this.#input, fromJsonString(this.#input, decoder.decode(json), options));
    } catch (error) {
      throw malformed(`not JSON of ${this.#input.name}: ${textOf(error)}`);
    }
  }

  /** A response as JSON. Throws what is the handler's fault. */
  encode(binary: Uint8Array): Uint8Array {
    const options = { registry: this.#registry };
    return encoder.encode(toJsonString(this.#output, fromBinary(this.#output, binary), options));
  }
}
