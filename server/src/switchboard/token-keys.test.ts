import fc from "fast-check";
import { expect, test } from "vitest";
import { newTokenKey, parseTokenKeys, TokenKeys } from "./token-keys.ts";

const text = fc.string({ maxLength: 300 });

test("a token is recognized by the keys that signed it, and by no others", () => {
  const [keys, others] = [new TokenKeys(), new TokenKeys()];
  fc.assert(
    fc.property(text, (unsigned) => {
      const token = keys.sign(unsigned);
      expect(keys.issued(token)).toBe(true);
      expect(others.issued(token)).toBe(false);
    }),
  );
});

test("a token that was changed anywhere is not recognized", () => {
  const keys = new TokenKeys();
  fc.assert(
    fc.property(text, fc.nat(), fc.string({ maxLength: 2 }), (unsigned, at, replacement) => {
      const token = keys.sign(unsigned);
      const place = at % token.length;
      const changed = token.slice(0, place) + replacement + token.slice(place + 1);
      fc.pre(changed !== token);
      expect(keys.issued(changed)).toBe(false);
    }),
  );
});

test("text without a mark is not recognized", () => {
  const keys = new TokenKeys();
  for (const token of ["", ".", "x", "a.b.c", `.${"A".repeat(22)}`]) expect(keys.issued(token)).toBe(false);
});

test("after a rotation the new key signs, and tokens of the old one are still recognized", () => {
  const keys = new TokenKeys();
  const before = keys.sign("a.b.c");
  const newest = newTokenKey();
  keys.share([newest]);
  expect(keys.issued(before)).toBe(true);
  expect(new TokenKeys([newest]).issued(keys.sign("a.b.c"))).toBe(true);
});

test("keys that were given up long ago are forgotten", () => {
  const keys = new TokenKeys();
  const before = keys.sign("a.b.c");
  for (let rotation = 0; rotation < 4; rotation++) keys.share([newTokenKey()]);
  expect(keys.issued(before)).toBe(false);
  expect(keys.all).toHaveLength(4);
});

test("what is stored is read back, without what is not a key", () => {
  const list = [newTokenKey(), newTokenKey()];
  expect(parseTokenKeys(list.join(","))).toEqual(list);
  expect(parseTokenKeys(`${list[0]},short,`)).toEqual([list[0]]);
  expect(parseTokenKeys("")).toEqual([]);
});
