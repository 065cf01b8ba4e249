import { expect, test } from "vitest";
import { hasControlCharacter } from "./control-character.ts";

/** By Unicode's general category Cc, as far as one byte goes. */
const isControl = (byte: number) =>
  (byte < 0x20 && !["\t", "\n", "\r"].includes(String.fromCharCode(byte))) || byte === 0x7f;

const length = 24;

test("every byte is judged by itself, wherever it is, and wherever the text begins in memory", () => {
  const wrong: string[] = [];
  for (let offset = 0; offset < 4; offset++) {
    for (let at = 0; at < length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        // Its neighbors are those that a borrow could come from, or go to.
        for (const around of [0x20, 0x41, 0x7e, 0x80, 0xff, 0x0a]) {
          const text = Buffer.alloc(offset + length, around).subarray(offset);
          text[at] = byte;
          if (hasControlCharacter(text, 0, length) !== isControl(byte)) wrong.push(`${byte} at ${at}`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("nothing outside of the part is looked at", () => {
  const text = Buffer.from("\0\0\0\0v=0\r\ns=-\r\n\0\0\0\0");
  for (let start = 4; start < 8; start++)
    expect(hasControlCharacter(text, start, text.length - 4)).toBe(false);
  expect(hasControlCharacter(text, 3, text.length - 4)).toBe(true);
  expect(hasControlCharacter(text, 4, text.length - 3)).toBe(true);
  expect(hasControlCharacter(text, 4, 4)).toBe(false);
});
