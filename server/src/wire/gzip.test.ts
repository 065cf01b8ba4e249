import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { deflate, inflatedBytes, inflateHead, inflateLater, inflateShort } from "./gzip.ts";
import { WireFault } from "./wire-error.ts";

function faultOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof WireFault) return error.kind;
  }
  return undefined;
}

function later(bytes: Uint8Array, limit: number): Promise<Uint8Array | string> {
  return new Promise((resolve) =>
    inflateLater(bytes, limit, (outcome) => resolve(outcome instanceof WireFault ? outcome.kind : outcome)),
  );
}

test("what is deflated can be inflated, up to the limit and not beyond", async () => {
  const bytes = Buffer.alloc(1000, "ab");
  expect(inflateShort(deflate(bytes), 1000)).toEqual(bytes);
  expect(inflateShort(deflate(bytes), 999)).toBeUndefined();
  expect(await later(deflate(bytes), 1000)).toEqual(bytes);
  expect(await later(deflate(bytes), 999)).toBe("tooLarge");
});

test("how long a message will be stands at its end", () => {
  expect(inflatedBytes(deflate(Buffer.alloc(70_000)))).toBe(70_000);
  expect(inflatedBytes(Buffer.alloc(3))).toBe(0);
});

test("a bomb is given up at the limit", async () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000));
  const before = process.memoryUsage().arrayBuffers;
  expect(inflateShort(bomb, 65_536)).toBeUndefined();
  expect(faultOf(() => inflateHead(bomb, 16_384))).toBe("malformed");
  expect(await later(bomb, 65_536)).toBe("tooLarge");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
});

test("the head of a long message is inflated from its first bytes alone", () => {
  const message = Buffer.from(`a token, then ${"a=rtpmap:96 VP8/90000\r\n".repeat(4000)}`);
  const head = Buffer.from(inflateHead(deflate(message), 16_384));
  expect(head.byteLength).toBe(16_384);
  expect(message.subarray(0, 16_384).equals(head)).toBe(true);
});

test("what is cut off or no gzip at all is malformed; nothing is nothing", async () => {
  const whole = deflate(Buffer.from("hello"));
  for (let length = 1; length < whole.length; length++) {
    expect(faultOf(() => inflateShort(whole.subarray(0, length), 100))).toBe("malformed");
    expect(await later(whole.subarray(0, length), 100)).toBe("malformed");
  }
  expect(faultOf(() => inflateShort(Buffer.from("hello"), 100))).toBe("malformed");
  expect(faultOf(() => inflateHead(Buffer.from("hello"), 100))).toBe("malformed");
  expect(inflateShort(Buffer.alloc(0), 100)).toHaveLength(0);
});
