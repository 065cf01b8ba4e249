import { gzipSync } from "node:zlib";
import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { reasonOfError } from "../errors/parley-error.ts";
import { deflate, inflate } from "./gzip.ts";

function reasonOfThrown(run: () => unknown): Reason | undefined {
  try {
    run();
  } catch (error) {
    return reasonOfError(error as Parameters<typeof reasonOfError>[0]);
  }
  return undefined;
}

test("what is deflated can be inflated, up to the limit and not beyond", () => {
  const bytes = Buffer.alloc(1000, "ab");
  expect(inflate(deflate(bytes), 1000)).toEqual(bytes);
  expect(reasonOfThrown(() => inflate(deflate(bytes), 999))).toBe(Reason.MESSAGE_TOO_LARGE);
});

test("a bomb is given up at the limit", () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000));
  const before = process.memoryUsage().arrayBuffers;
  expect(reasonOfThrown(() => inflate(bomb, 65_536))).toBe(Reason.MESSAGE_TOO_LARGE);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
});

test("what is cut off or no gzip at all is malformed; nothing is nothing", () => {
  const whole = deflate(Buffer.from("hello"));
  for (let length = 1; length < whole.length; length++) {
    expect(reasonOfThrown(() => inflate(whole.subarray(0, length), 100))).toBe(Reason.MALFORMED_MESSAGE);
  }
  expect(reasonOfThrown(() => inflate(Buffer.from("hello"), 100))).toBe(Reason.MALFORMED_MESSAGE);
  expect(inflate(Buffer.alloc(0), 100)).toHaveLength(0);
});
