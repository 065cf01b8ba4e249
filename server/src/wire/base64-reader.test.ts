import fc from "fast-check";
import { expect, test } from "vitest";
import { Base64Reader } from "./base64-reader.ts";
import { WireFault } from "./wire-error.ts";

/** Decodes text that comes in pieces of so many characters. */
function decoded(text: string, pieceLength: number): string {
  const reader = new Base64Reader();
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += pieceLength) {
    pieces.push(reader.decode(Buffer.from(text.slice(at, at + pieceLength))));
  }
  return Buffer.concat([...pieces, reader.end()]).toString("hex");
}

test("parts that were encoded each by itself are one body, in whatever pieces it comes", () => {
  const part = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (parts, pieceLength) => {
      const text = parts.map((bytes) => Buffer.from(bytes).toString("base64")).join("");
      expect(decoded(text, pieceLength)).toBe(Buffer.concat(parts).toString("hex"));
    }),
  );
});

test("line ends, and a last group without padding, are taken", () => {
  expect(decoded("AAEC\r\nAw ==\n", 3)).toBe("00010203");
  expect(decoded("AAECAw", 4)).toBe("00010203");
});

test.each(["A", "AAAAA", "AA=A", "A===", "====", "AA-_", "{}", "AA==AA=A", "AAAé"])(
  "%j is refused as malformed",
  (text) => {
    for (const pieceLength of [1, 100]) expect(() => decoded(text, pieceLength)).toThrow(WireFault);
  },
);
