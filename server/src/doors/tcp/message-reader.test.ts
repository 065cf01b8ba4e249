import { BinaryWriter } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { WireFault } from "../../wire/wire-error.ts";
import { MessageReader, preface } from "./message-reader.ts";

const limit = 1000;

/** The messages behind their lengths, as protobuf-es writes them. */
function delimited(...messages: readonly Uint8Array[]): Buffer {
  const writer = new BinaryWriter();
  for (const message of messages) writer.bytes(message);
  return Buffer.from(writer.finish());
}

/** What a sink gets of bytes that come in these pieces: messages as hex, and the kind of fault at the end. */
function read(pieces: readonly Uint8Array[], takes = () => true): string[] {
  const got: string[] = [];
  const reader = new MessageReader({
    messageBytes: limit,
    get takesMessages() {
      return takes();
    },
    message: (bytes) => got.push(Buffer.from(bytes).toString("hex")),
  });
  try {
    for (const piece of pieces)
      for (let at = 0; at < piece.byteLength; ) at += reader.read(piece.subarray(at));
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    got.push(error.kind);
  }
  return got;
}

const messages = [Buffer.alloc(0), Buffer.from("a"), Buffer.alloc(200, "b"), Buffer.alloc(limit, "c")];
const hex = messages.map((message) => message.toString("hex"));
const whole = Buffer.concat([preface, delimited(...messages)]);

test("messages come out as they were put in, wherever the bytes are split", () => {
  expect(read([whole])).toEqual(hex);
  for (let at = 1; at < whole.byteLength; at++) {
    expect(read([whole.subarray(0, at), whole.subarray(at)]), `split at ${at}`).toEqual(hex);
  }
  expect(read([...whole].map((byte) => Buffer.of(byte)))).toEqual(hex);
});

test("the preface may be left out", () => {
  expect(read([delimited(Buffer.from("first"))])).toEqual([Buffer.from("first").toString("hex")]);
});

test("something else that begins as the preface does is malformed", () => {
  expect(read([Buffer.from("\0parley2", "latin1")])).toEqual(["malformed"]);
  expect(read([Buffer.of(0), Buffer.of(0)])).toEqual(["malformed"]);
});

test("a length of up to five bytes is read, however it is padded", () => {
  const padded = Buffer.from([0x81, 0x80, 0x80, 0x80, 0x00, 0x61]);
  expect(read([padded])).toEqual(["61"]);
  expect(read([Buffer.from([0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0x61])])).toEqual(["malformed"]);
});

test("a length beyond the limit is refused before anything of the message has come", () => {
  for (const length of [limit + 1, 2 ** 31, 2 ** 32 - 1]) {
    expect(read([new BinaryWriter().uint32(length).finish()])).toEqual(["tooLarge"]);
  }
  // Its last byte does not matter any more.
  expect(read([Buffer.from([0xff, 0xff])])).toEqual(["tooLarge"]);
});

test("what is cut off is no message", () => {
  for (let bytes = 1; bytes < 201; bytes++)
    expect(read([delimited(Buffer.alloc(200)).subarray(0, bytes)])).toEqual([]);
});

test("while the sink takes no message, the rest is left", () => {
  let left = 1;
  const reader = new MessageReader({
    messageBytes: limit,
    get takesMessages() {
      return left > 0;
    },
    message: () => left--,
  });
  const bytes = delimited(Buffer.from("a"), Buffer.from("b"));
  expect(reader.read(bytes)).toBe(2);
  expect(reader.read(bytes.subarray(2))).toBe(0);
  left = 1;
  expect(reader.read(bytes.subarray(2))).toBe(2);
});

test("any bytes are read alike in one piece and in many, and never beyond the limit", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const got = read(parts);
      expect(got).toEqual(read([Buffer.concat(parts)]));
      for (const message of got.slice(0, -1)) expect(message.length).toBeLessThanOrEqual(2 * limit);
    }),
  );
});

test("any messages in any pieces come out as they were put in", () => {
  const some = fc.array(fc.uint8Array({ maxLength: limit }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(9000), { maxLength: 12 });
  fc.assert(
    fc.property(some, cuts, (parts, at) => {
      const bytes = Buffer.concat([preface, delimited(...parts)]);
      const ends = [...at.filter((cut) => cut < bytes.byteLength), bytes.byteLength].sort((a, b) => a - b);
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(read(pieces)).toEqual(parts.map((part) => Buffer.from(part).toString("hex")));
    }),
  );
});
