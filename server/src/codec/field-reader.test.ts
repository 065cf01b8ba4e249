import { expect, test } from "vitest";
import { FieldReader, MalformedError } from "./field-reader.ts";

/** Field, wire type and length of value of each field. */
function read(...bytes: number[]): number[][] {
  const reader = new FieldReader(Uint8Array.from(bytes));
  const fields: number[][] = [];
  while (reader.next()) fields.push([reader.field, reader.wireType, reader.valueEnd - reader.valueStart]);
  return fields;
}

const high = (count: number) => Array<number>(count).fill(0x80);

test("a tag has 32 bits, however it is written", () => {
  expect(read(0x90, ...high(3), 0, 7)).toEqual([[2, 0, 1]]);
  expect(read(0xf8, 0xff, 0xff, 0xff, 0x0f, 7)).toEqual([[2 ** 29 - 1, 0, 1]]);
  expect(() => read(0x90, ...high(3), 0x10, 7)).toThrow(MalformedError);
  expect(() => read(0x90, ...high(4), 0, 7)).toThrow(MalformedError);
});

test("a length has 32 bits: a decoder may take more for a larger one", () => {
  expect(read(0x12, 0x81, 0, 7)).toEqual([[2, 2, 1]]);
  expect(() => read(0x12, 0x81, ...high(3), 0x10, 7)).toThrow(MalformedError);
});

test("a varint has 64 bits", () => {
  expect(read(0x10, ...high(9), 1)).toEqual([[2, 0, 10]]);
  expect(() => read(0x10, ...high(9), 2)).toThrow(MalformedError);
  expect(() => read(0x10, ...high(10), 0)).toThrow(MalformedError);
});

test("what ends too soon, has no number, or a wire type that proto3 has not, is malformed", () => {
  for (const bytes of [
    [0x10],
    [0x90],
    [0x12, 2, 0],
    [0x11, 0],
    [0x15, 0],
    [0x00, 0],
    [0x13],
    [0x14],
    [0x16],
    [0x17],
  ]) {
    expect(() => read(...bytes), String(bytes)).toThrow(MalformedError);
  }
});
