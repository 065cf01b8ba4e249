import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  file_parley_v1_signaling as contract,
  SignalRequestSchema,
  SignalResponseSchema,
} from "@parley/contract";
import * as plain from "@parley/contract/plain";
import { CodecError, decode, encode, type MessageType } from "@parley/contract/plain";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryMessage, edgeMessages } from "./arbitrary-message.ts";
import { plainShape } from "./plain-shape.ts";

const schemas = [...contract.messages, DurationSchema, TimestampSchema] as readonly DescMessage[];

/** The generated table of a message. */
function tableOf({ name }: DescMessage): MessageType<object> {
  return (plain as unknown as Record<string, MessageType<object>>)[name] ?? { fields: [] };
}

function expectAgreement(schema: DescMessage, message: Message): void {
  const bytes = toBinary(schema, message);
  const shape = plainShape(message) as object;
  expect(encode(tableOf(schema), shape)).toEqual(bytes);
  expect(decode(tableOf(schema), bytes)).toEqual(plainShape(fromBinary(schema, bytes)));
}

describe.each(schemas.map((schema) => [schema.name, schema] as const))("%s", (_, schema) => {
  test("has a table of all its fields", () => {
    expect(tableOf(schema).fields.map(([number]) => number)).toEqual(
      schema.fields.map(({ number }) => number),
    );
  });

  test("is encoded and decoded as protobuf-es does, with each field at its limits", () => {
    for (const init of edgeMessages(schema)) expectAgreement(schema, create(schema, init));
  });

  test("is encoded and decoded as protobuf-es does, at random", () => {
    fc.assert(
      fc.property(arbitraryMessage(schema), (message) => expectAgreement(schema, message)),
      { numRuns: 200 },
    );
  });

  test("merges parts as protobuf-es does", () => {
    fc.assert(
      fc.property(arbitraryMessage(schema), arbitraryMessage(schema), (one, other) => {
        const bytes = new Uint8Array([...toBinary(schema, one), ...toBinary(schema, other)]);
        expect(decode(tableOf(schema), bytes)).toEqual(plainShape(fromBinary(schema, bytes)));
      }),
    );
  });

  test("is decoded without the fields of a later version", () => {
    fc.assert(
      fc.property(arbitraryMessage(schema), (message) => {
        const bytes = new Uint8Array([...unknownFields(), ...toBinary(schema, message), ...unknownFields()]);
        expect(decode(tableOf(schema), bytes)).toEqual(plainShape(message));
      }),
      { numRuns: 20 },
    );
  });

  test("is decoded from any bytes, or refused with a CodecError", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(arbitraryMessage(schema), fc.nat(), fc.nat(255)).map(([message, place, byte]) => {
        const changed = toBinary(schema, message);
        if (changed.length > 0) changed[place % changed.length] = byte;
        return changed;
      }),
    );
    fc.assert(
      fc.property(bytes, (any) => {
        try {
          decode(tableOf(schema), any);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});

/** A field of each type of the wire, under a number that no message has. */
function unknownFields(): Uint8Array {
  const number = 900;
  const writer = new BinaryWriter();
  writer.tag(number, WireType.Varint).uint64(2n ** 64n - 1n);
  writer.tag(number, WireType.Bit64).fixed64(7n);
  writer.tag(number, WireType.LengthDelimited).string("later");
  writer.tag(number, WireType.Bit32).fixed32(7);
  writer.tag(number, WireType.StartGroup).tag(2, WireType.StartGroup).tag(3, WireType.Varint).uint32(1);
  return writer.tag(2, WireType.EndGroup).tag(number, WireType.EndGroup).finish();
}

describe("bytes that are no message", () => {
  const cases: Readonly<Record<string, readonly number[]>> = {
    "a length beyond the end": [0x1a, 5, 0x61],
    "a length of four gigabytes": [0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f],
    "a tag without its value": [0x08],
    "a varint without an end": [0x08, ...Array<number>(11).fill(0x80)],
    "a field with the number 0": [0x00, 0x01],
    "a wire type that does not exist": [0x0f, 0x01],
    "a group that only ends": [0x0c],
    "a group that another one ends": [0xa3, 0x38, 0xac, 0x38],
    "groups within groups without an end": Array<number>(200).fill(0x0b),
    "a string that is not UTF-8": [0x1a, 2, 0xc3, 0x28],
  };
  test.each(Object.entries(cases))("%s is refused", (_, bytes) => {
    expect(() => decode(plain.SignalRequest, Uint8Array.from(bytes))).toThrow(CodecError);
  });

  test("a value of another type of the wire is passed over, like a field that is not known", () => {
    // `seq` as a string, and `to` as a number.
    const bytes = Uint8Array.from([0x0a, 1, 0x61, 0x18, 5]);
    expect(decode(plain.SignalRequest, bytes)).toMatchObject({ seq: 0, to: "" });
  });
});

describe("values that a field cannot hold", () => {
  const request = decode(plain.SignalRequest, new Uint8Array());
  const cases: Readonly<Record<string, object>> = {
    "a negative uint32": { seq: -1 },
    "a uint32 of 33 bits": { seq: 2 ** 32 },
    "a fraction": { seq: 1.5 },
    "not a number": { ack: Number.NaN },
    "a number for a string": { to: 5 },
    "null for a string": { to: null },
    "a string for a message": { body: { case: "offer", value: "v=0" } },
    "nothing for a message": { body: { case: "offer" } },
    "a string for bytes": { body: { case: "rebind", value: { proof: "proof" } } },
    "a number in a map": { body: { case: "update", value: { metadata: { size: 5 } } } },
    "a number for a boolean": { body: { case: "restart", value: { rebuild: 1 } } },
  };
  test.each(Object.entries(cases))("%s is refused", (_, change) => {
    expect(() => encode(plain.SignalRequest, { ...request, ...change })).toThrow(CodecError);
  });

  test("an int64 of 65 bits, a number for an int64 and an int32 of 33 bits are refused", () => {
    for (const duration of [{ seconds: 2n ** 63n }, { seconds: 5 }, { nanos: 2 ** 31 }]) {
      const value = { seconds: 0n, nanos: 0, ...duration } as plain.Duration;
      expect(() => encode(plain.Duration, value)).toThrow(CodecError);
    }
  });
});

test("enums are those of protobuf-es", () => {
  for (const { name, values } of contract.enums) {
    const generated = (plain as unknown as Record<string, object>)[name];
    expect(generated).toEqual(Object.fromEntries(values.map(({ localName, number }) => [localName, number])));
  }
});

test("messages of protobuf-es are plain messages, by their types", () => {
  const response: plain.SignalResponse = create(SignalResponseSchema);
  const request: plain.SignalRequest = create(SignalRequestSchema);
  expect(encode(plain.SignalResponse, response)).toEqual(encode(plain.SignalRequest, request));
  // And the other way round, as what protobuf-es makes its messages from.
  expect(create(SignalRequestSchema, request)).toEqual(create(SignalRequestSchema));
});
