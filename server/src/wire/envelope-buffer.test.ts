import { expect, test } from "vitest";
import { EnvelopeBuffer } from "./envelope-buffer.ts";

test("what waits leaves together, each message in its envelope", () => {
  const buffer = new EnvelopeBuffer();
  buffer.add(0, Buffer.from("head"), Buffer.from("rest"));
  buffer.add(2, Buffer.from("x"));
  buffer.add(1, Buffer.alloc(0));
  expect(buffer.bytes).toBe(24);
  expect(buffer.take()).toBe("\0\0\0\0\x08headrest\x02\0\0\0\x01x\x01\0\0\0\0");
  expect(buffer.bytes).toBe(0);
  expect(buffer.take()).toBeUndefined();
});

test("what waits is a copy, however often the buffer grows", () => {
  const buffer = new EnvelopeBuffer();
  const part = Buffer.alloc(300);
  const expected: Buffer[] = [];
  for (let round = 0; round < 20; round++) {
    buffer.add(0, part.fill(round), part);
    expected.push(Buffer.from([0, 0, 0, 600 >> 8, 600 & 0xff]), Buffer.alloc(600, round));
  }
  part.fill(0xff);
  expect(Buffer.from(buffer.take() ?? "", "latin1")).toEqual(Buffer.concat(expected));
});

test("no two use the same memory, in whatever order they come and go", () => {
  const buffers = Array.from({ length: 3 }, () => new EnvelopeBuffer());
  const sizes = [10, 9000, 8000, 200, 20_000];
  const kept: { text: string | undefined; expected: string }[] = [];
  for (let round = 0; round < 30; round++) {
    const expected = buffers.map((buffer, n) => {
      const text = String.fromCharCode(round * 3 + n).repeat(sizes[(round + n) % sizes.length] ?? 0);
      buffer.add(0, Buffer.from(text, "latin1"));
      if ((round + n) % 7 === 0) buffer.drop();
      return text;
    });
    for (const [n, buffer] of buffers.entries()) {
      kept.push({ text: buffer.take()?.slice(5), expected: expected[n] ?? "" });
    }
  }
  for (const { text, expected } of kept) if (text !== undefined) expect(text).toBe(expected);
  expect(kept.filter(({ text }) => text === undefined)).toHaveLength(13);
});
