import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  type FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { decode, encode, type MessageType } from "@parley/contract/plain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { plainShape } from "./plain-shape.ts";

// The contract has no list of numbers yet.
const sizes: MessageType<{ sizes: number[] }> = { fields: [[1, "sizes", "int32", "repeated"]] };

const file = create(FileDescriptorProtoSchema, {
  name: "sizes.proto",
  syntax: "proto3",
  messageType: [
    { name: "Sizes", field: [{ name: "sizes", number: 1, type: Type.INT32, label: 3 as Label }] },
  ],
});

function sizesSchema() {
  const schema = createFileRegistry(file, () => undefined).getMessage("Sizes");
  if (schema === undefined) throw new Error("the registry has no such message");
  return schema;
}

test("a list of numbers is packed as protobuf-es does", () => {
  const schema = sizesSchema();
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const bytes = toBinary(schema, create(schema, { sizes: numbers }));
      expect(encode(sizes, { sizes: numbers })).toEqual(bytes);
      expect(decode(sizes, bytes)).toEqual(plainShape(fromBinary(schema, bytes)));
    }),
  );
});

test("a list of numbers that is not packed, or partly, is decoded too", () => {
  expect(decode(sizes, Uint8Array.from([8, 1, 10, 2, 2, 3, 8, 4]))).toEqual({ sizes: [1, 2, 3, 4] });
});
