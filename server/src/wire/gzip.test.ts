import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { deflate, inflate } from "./gzip.ts";
import { WireFault } from "./wire-error.ts";

function faultOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof WireFault) return error.kind;
  }
  return undefined;
}

test("what is deflated can be inflated, up to the limit and not beyond", () => {
  const bytes = Buffer.alloc(1000, "ab");
  expect(inflate(deflate(bytes), 1000)).toEqual(bytes);
  expect(faultOf(() => inflate(deflate(bytes), 999))).toBe("tooLarge");
});

test("a bomb is given up at the limit", () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000));
  const before = process.memoryUsage().arrayBuffers;
  expect(faultOf(() => inflate(bomb, 65_536))).toBe("tooLarge");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
});

test("what is cut off or no gzip at all is malformed; nothing is nothing", () => {
  const whole = deflate(Buffer.from("hello"));
  for (let length = 1; length < whole.length; length++) {
    expect(faultOf(() => inflate(whole.subarray(0, length), 100))).toBe("malformed");
  }
  expect(faultOf(() => inflate(Buffer.from("hello"), 100))).toBe("malformed");
  expect(inflate(Buffer.alloc(0), 100)).toHaveLength(0);
});
