import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { SignalRequestSchema, SignalResponseSchema } from "@parley/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyFault } from "../session/relayed-body.ts";
import { SignalField } from "./field-numbers.ts";
import { MalformedError } from "./field-reader.ts";
import { type ReadSignal, readSignal } from "./signal-reader.ts";

type Field = (writer: BinaryWriter) => unknown;

const text = fc.oneof(fc.constantFrom("", "bob", "call-1"), fc.string({ unit: "binary", maxLength: 300 }));
const uint32 = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

/** One encoded field; numbers above 30 are of a later version. */
const unknownField: fc.Arbitrary<Field> = fc
  .record({ no: fc.integer({ min: 40, max: 5000 }), text, uint32 })
  .chain(({ no, text, uint32 }) =>
    fc.constantFrom<Field>(
      (writer) => writer.tag(no, WireType.Varint).uint32(uint32),
      (writer) => writer.tag(no, WireType.LengthDelimited).string(text),
      (writer) => writer.tag(no, WireType.Bit32).fixed32(uint32),
      (writer) => writer.tag(no, WireType.Bit64).fixed64(BigInt(uint32)),
    ),
  );
const varint = (no: number): fc.Arbitrary<Field> =>
  fc.oneof(
    uint32.map(
      (value): Field =>
        (writer) =>
          writer.tag(no, WireType.Varint).uint32(value),
    ),
    // A 32-bit field takes the low bits of a longer varint.
    fc.bigInt(0n, 2n ** 64n - 1n).map(
      (value): Field =>
        (writer) =>
          writer.tag(no, WireType.Varint).uint64(value),
    ),
  );
const string = (no: number): fc.Arbitrary<Field> =>
  text.map(
    (value): Field =>
      (writer) =>
        writer.tag(no, WireType.LengthDelimited).string(value),
  );
const bytesOf = (no: number): fc.Arbitrary<Field> =>
  fc.uint8Array({ minLength: 30, maxLength: 33 }).map(
    (value): Field =>
      (writer) =>
        writer.tag(no, WireType.LengthDelimited).bytes(value),
  );
const message = (no: number, ...fields: fc.Arbitrary<Field>[]): fc.Arbitrary<Field> =>
  fc.array(fc.oneof(unknownField, ...fields), { maxLength: 5 }).map(
    (parts): Field =>
      (writer) => {
        writer.tag(no, WireType.LengthDelimited).fork();
        for (const part of parts) part(writer);
        writer.join();
      },
  );

const body = fc.oneof(
  message(SignalField.offer, string(1)),
  message(SignalField.answer, string(1), varint(2)),
  message(SignalField.iceCandidate, string(1), string(2), varint(3), string(4)),
  message(SignalField.bye, string(1)),
  message(SignalField.restart, varint(1)),
  message(SignalField.rebind, bytesOf(1)),
  message(SignalField.update),
  message(SignalField.leave),
  message(SignalField.heartbeat),
);
const head = fc.oneof(
  varint(SignalField.seq),
  varint(SignalField.ack),
  varint(SignalField.toSession),
  string(SignalField.to),
  string(SignalField.negotiationId),
  unknownField,
);

/**
 * Any encoding of a SignalRequest with at most one body: fields in any order, absent or repeated, with later ones
 * among them.
 */
const encoded = fc
  .tuple(fc.array(head, { maxLength: 6 }), fc.array(body, { maxLength: 1 }), fc.array(head, { maxLength: 6 }))
  .map((fields) => encode(fields.flat()));

function encode(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const field of fields) field(writer);
  return writer.finish();
}

describe("whatever the library reads", () => {
  test("is read equally", () => {
    fc.assert(
      fc.property(encoded, (bytes) => {
        const expected = fromBinary(SignalRequestSchema, bytes);
        const read = readSignal(bytes);
        expect(read).toMatchObject({
          seq: expected.seq,
          ack: expected.ack,
          to: expected.to,
          toSession: expected.toSession,
          body: expected.body.case === undefined ? 0 : SignalField[expected.body.case],
        });
        expect(negotiationIdOf(read)).toBe(expected.negotiationId);
      }),
      { numRuns: 2000 },
    );
  });

  test("is passed on so that the recipient reads what was sent", () => {
    fc.assert(
      fc.property(encoded, (bytes) => {
        const expected = fromBinary(SignalRequestSchema, bytes);
        const read = readSignal(bytes);
        if (read.body < SignalField.offer || read.body > SignalField.rebind) return;
        // Never malformed, whatever else may be wrong with it.
        bodyFault(read.body, read.bodyBytes);
        const passedOn = fromBinary(SignalResponseSchema, Uint8Array.from(read.relayBytes));
        expect(passedOn.body).toEqual(expected.body);
        expect(passedOn).toMatchObject({ negotiationId: expected.negotiationId, seq: 0, ack: 0, sender: "" });
        expect(passedOn.$unknown).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test("is read from the middle of a larger message too", () => {
    fc.assert(
      fc.property(
        encoded,
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        (bytes, before, after) => {
          const whole = Buffer.concat([before, bytes, after]);
          const start = before.byteLength;
          expect(plain(readSignal(whole, start, start + bytes.byteLength))).toEqual(plain(readSignal(bytes)));
        },
      ),
    );
  });
});

test("what is passed on can be decoded, or is refused before", () => {
  fc.assert(
    fc.property(encoded, fc.nat(), fc.nat(255), (bytes, at, byte) => {
      const broken = Uint8Array.from(bytes);
      if (broken.byteLength > 0) broken[at % broken.byteLength] = byte;
      try {
        const read = readSignal(broken);
        if (read.body < SignalField.offer || read.body > SignalField.rebind) return;
        if (bodyFault(read.body, read.bodyBytes) !== undefined) return;
        fromBinary(SignalResponseSchema, read.relayBytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
    { numRuns: 5000 },
  );
});

test("a request with two bodies is malformed", () => {
  fc.assert(
    fc.property(body, fc.array(head, { maxLength: 3 }), body, (one, between, other) => {
      expect(() => readSignal(encode([one, ...between, other]))).toThrow("two bodies");
    }),
  );
});

test("a text that is not UTF-8 is refused, for its recipient could not read it", () => {
  const bytes = toBinary(SignalRequestSchema, fromBinary(SignalRequestSchema, new Uint8Array()));
  const notUtf8 = new BinaryWriter().tag(3, WireType.LengthDelimited).bytes(Uint8Array.of(0xff)).finish();
  expect(() => readSignal(Buffer.concat([bytes, notUtf8]))).toThrow(MalformedError);
});

/** What was read, wherever it lies. */
function plain(read: ReadSignal) {
  const { seq, ack, to, body, bodyBytes, relayBytes } = read;
  const bytes = { bodyBytes: [...bodyBytes], relayBytes: [...relayBytes] };
  return { seq, ack, to, negotiationId: negotiationIdOf(read), body, ...bytes };
}

function negotiationIdOf({ bytes, negotiationIdStart, negotiationIdEnd }: ReadSignal): string {
  return bytes.toString("utf8", negotiationIdStart, negotiationIdEnd);
}
