import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  type FieldDescriptorProtoSchema,
  type FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { plainMessages } from "../../scripts/plain-messages/plugin.ts";

const optional = 1 as Label;
const repeated = 3 as Label;

type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;

/** All that the plugin writes for a file with one message, `Example`, of this one field. */
function generate(field: Field, nestedType: { name: string; field?: Field[] }[] = []): string {
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: ["example.proto"],
    parameter: "target=ts,file=example.proto",
    protoFile: [
      {
        name: "example.proto",
        syntax: "proto3",
        messageType: [{ name: "Example", field: [{ number: 1, label: optional, ...field }], nestedType }],
        enumType: [{ name: "Color", value: [{ name: "COLOR_NONE", number: 0 }] }],
      },
    ],
  });
  return plainMessages
    .run(request)
    .file.map(({ content }) => content)
    .join("\n");
}

test("a list of numbers is generated", () => {
  const text = generate({ name: "sizes", type: Type.UINT32, label: repeated });
  expect(text).toContain("sizes: number[];");
  expect(text).toContain('[1, "sizes", "uint32", "repeated"],');
});

test("an enum is generated", () => {
  const text = generate({ name: "color", type: Type.ENUM, typeName: ".Color" });
  expect(text).toContain("export const Color = {");
  expect(text).toContain("color: Color;");
  expect(text).toContain('[1, "color", "int32"],');
});

test("a type that the codec does not know is refused, by name", () => {
  expect(() => generate({ name: "weight", type: Type.DOUBLE })).toThrow("Example.weight: the type DOUBLE");
});

test("a message that contains itself is refused", () => {
  const field = { name: "inner", type: Type.MESSAGE, typeName: ".Example" };
  expect(() => generate(field)).toThrow("Example contains itself");
});

test("a message that is declared in another is refused", () => {
  const field = { name: "inner", type: Type.MESSAGE, typeName: ".Example.Inner" };
  expect(() => generate(field, [{ name: "Inner" }])).toThrow("Example.Inner is declared in a message");
});
