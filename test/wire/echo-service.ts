import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
} from "@bufbuild/protobuf/wkt";

/** A service with a method of each kind, made without a generator: nothing in the wire may know it. */
const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: "echo.proto",
    package: "test.v1",
    syntax: "proto3",
    messageType: [
      {
        name: "Echo",
        field: [
          field("text", 1, FieldDescriptorProto_Type.STRING),
          field("payload", 2, FieldDescriptorProto_Type.BYTES),
        ],
      },
    ],
    service: [
      {
        name: "EchoService",
        method: [
          method("Unary", false, false),
          {
            ...method("Look", false, false),
            options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS },
          },
          method("Down", false, true),
          method("Up", true, false),
          method("Both", true, true),
        ],
      },
    ],
  }),
  () => undefined,
);

function field(name: string, number: number, type: FieldDescriptorProto_Type) {
  return { name, jsonName: name, number, type, label: FieldDescriptorProto_Label.OPTIONAL };
}

function method(name: string, clientStreaming: boolean, serverStreaming: boolean) {
  return {
    name,
    inputType: ".test.v1.Echo",
    outputType: ".test.v1.Echo",
    clientStreaming,
    serverStreaming,
  };
}

function messageOf(name: string): DescMessage {
  const desc = registry.getMessage(name);
  if (desc === undefined) throw new Error(`no message ${name}`);
  return desc;
}

function methodOf(name: string): DescMethod {
  const desc = registry.getService("test.v1.EchoService")?.methods.find((one) => one.name === name);
  if (desc === undefined) throw new Error(`no method ${name}`);
  return desc;
}

const echoSchema = messageOf("test.v1.Echo");
export const echoMethods = {
  unary: methodOf("Unary"),
  look: methodOf("Look"),
  down: methodOf("Down"),
  up: methodOf("Up"),
  both: methodOf("Both"),
};

export function echo(text: string, payload: Uint8Array = new Uint8Array(0)): Message {
  return create(echoSchema, { text, payload } as Record<string, unknown>);
}

export function encodeEcho(text: string, payload?: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toBinary(echoSchema, echo(text, payload)));
}

export function textOfEcho(message: Message | Uint8Array): string {
  const decoded = message instanceof Uint8Array ? fromBinary(echoSchema, message) : message;
  const text = echoSchema.fields.find(({ name }) => name === "text");
  if (text === undefined) throw new Error("no field");
  return String(reflect(echoSchema, decoded).get(text));
}
