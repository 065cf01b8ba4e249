import fc from "fast-check";
import { expect, test } from "vitest";
import { hasMoreTokens } from "./json-tokens.ts";

/** The tokens of a JSON text, counted by the value that it stands for. */
function tokensOf(value: unknown): number {
  if (typeof value === "string") return value.split('"').length - 1;
  if (Array.isArray(value)) return 2 + commas(value.length) + sum(value);
  if (typeof value !== "object" || value === null) return 0;
  const values = Object.values(value);
  return 2 + values.length + commas(values.length) + sum(values) + sum(Object.keys(value));
}

const commas = (count: number) => Math.max(0, count - 1);
const sum = (values: readonly unknown[]) => values.reduce<number>((all, each) => all + tokensOf(each), 0);

test("tokens are counted outside of strings, whatever these hold", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const tokens = tokensOf(value);
      // Numbers take a part of what is left for white space.
      fc.pre(bytes.byteLength <= Math.max(1, tokens) * 16);
      expect(hasMoreTokens(bytes, Math.max(1, tokens))).toBe(false);
      if (tokens > 0) expect(hasMoreTokens(bytes, tokens - 1)).toBe(true);
    }),
  );
});

test("pretty-printed text is taken, endless white space and numbers are not", () => {
  const batch = {
    signals: Array.from({ length: 256 }, (_, seq) => ({ seq, to: "bob", body: { offer: { sdp: "x" } } })),
  };
  expect(hasMoreTokens(Buffer.from(JSON.stringify(batch, undefined, 4)), 256 * 32)).toBe(false);
  expect(hasMoreTokens(Buffer.alloc(100_000, " "), 1000)).toBe(true);
  expect(hasMoreTokens(Buffer.alloc(100_000, "1"), 1000)).toBe(true);
});

test.each([
  [`{"a\\":":1}`, 4],
  [`{"a\\\\":[]}`, 5],
  [`"{{{{`, 0],
  [`"{\\"{{{`, 1],
  [``, 0],
])("a quote ends a string unless it is escaped: %s", (text, tokens) => {
  const bytes = Buffer.from(text);
  expect(hasMoreTokens(bytes, Math.max(1, tokens))).toBe(false);
  if (tokens > 0) expect(hasMoreTokens(bytes, tokens - 1)).toBe(true);
});

test("any bytes are counted", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(hasMoreTokens(bytes, 100)).toBe(false);
    }),
  );
});
