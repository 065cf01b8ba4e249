import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";

test("what waits leaves as one buffer, each message in its envelope", () => {
  const outbox = new Outbox();
  outbox.add(0, Buffer.from("head"), Buffer.from("rest"));
  outbox.add(2, Buffer.from("x"));
  outbox.add(1, Buffer.alloc(0));
  expect(outbox.bytes).toBe(24);
  expect(outbox.take()?.toString()).toBe("\0\0\0\0\x08headrest\x02\0\0\0\x01x\x01\0\0\0\0");
  expect(outbox.bytes).toBe(0);
  expect(outbox.take()).toBeUndefined();
});

test("what waits is a copy, however often the buffer grows", () => {
  const outbox = new Outbox();
  const part = Buffer.alloc(300);
  const expected: Buffer[] = [];
  for (let round = 0; round < 20; round++) {
    outbox.add(0, part.fill(round), part);
    expected.push(Buffer.from([0, 0, 0, 600 >> 8, 600 & 0xff]), Buffer.alloc(600, round));
  }
  part.fill(0xff);
  expect(outbox.take()).toEqual(Buffer.concat(expected));
});
