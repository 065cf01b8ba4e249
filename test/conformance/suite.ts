import { readFileSync } from "node:fs";
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonObject,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const packageName = "connectrpc.conformance.v1";

/** The types of the suite, read at run time: no copy of them is in this repository. Messages are JSON here. */
export class Suite {
  readonly registry: FileRegistry;

  /** @param file a `google.protobuf.FileDescriptorSet`, as `buf build` makes it. */
  constructor(file: string) {
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(file)));
  }

  get methods(): readonly DescMethod[] {
    const service = this.registry.getService(`${packageName}.ConformanceService`);
    if (service === undefined) throw new Error("the suite has no ConformanceService");
    return service.methods;
  }

  message(name: string): DescMessage {
    const desc = this.registry.getMessage(`${packageName}.${name}`);
    if (desc === undefined) throw new Error(`the suite has no ${name}`);
    return desc;
  }

  /** The number of an enum's value, by its name in JSON. */
  enumNumber(name: string, value: string): number {
    const found = this.registry.getEnum(`${packageName}.${name}`)?.values.find((one) => one.name === value);
    if (found === undefined) throw new Error(`${name} has no ${value}`);
    return found.number;
  }

  decode(desc: DescMessage, bytes: Uint8Array): JsonObject {
    return toJson(desc, fromBinary(desc, bytes), { registry: this.registry }) as JsonObject;
  }

  encode(desc: DescMessage, json: JsonObject): Uint8Array<ArrayBuffer> {
    return new Uint8Array(toBinary(desc, fromJson(desc, json, { registry: this.registry })));
  }
}
