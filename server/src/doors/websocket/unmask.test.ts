import { expect, test } from "vitest";
import { unmask } from "./unmask.ts";

const mask = 0x37fa213d;
const key = [0x37, 0xfa, 0x21, 0x3d];
const lengths = [0, 1, 5, 127, 128, 129, 130, 131, 132, 1000];

test.each(lengths)("%i bytes are unmasked wherever they lie, and whatever came before", (length) => {
  for (let offset = 0; offset < 8; offset++) {
    for (let phase = 0; phase < 8; phase++) {
      const around = Uint8Array.from({ length: offset + length + 8 }, (_, at) => at * 7);
      const expected = around.map((byte, at) =>
        at < offset || at >= offset + length ? byte : byte ^ (key[(at - offset + phase) & 3] ?? 0),
      );
      unmask(around.subarray(offset, offset + length), mask, phase);
      expect(around).toEqual(expected);
    }
  }
});
