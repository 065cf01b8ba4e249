import { expect, test } from "vitest";
import { firstCharacters } from "./first-characters.ts";

test.each([
  ["", ""],
  ["abc", "abc"],
  ["abcd", "abc"],
  ["ab\u{1f600}\u{1f600}", "ab\u{1f600}"],
  ["\u{1f600}\u{1f600}\u{1f600}\u{1f600}", "\u{1f600}\u{1f600}\u{1f600}"],
  ["a\ud83d", "a\ufffd"],
])("the first three characters of %j are %j", (text, first) => {
  expect(firstCharacters(text, 3)).toBe(first);
});
