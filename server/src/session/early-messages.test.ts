import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { EarlyMessages } from "./early-messages.ts";

test.each([
  ["bytes", Uint8Array.of(1)],
  // Its `slice` makes no copy.
  ["a Buffer", Buffer.of(1)],
])("messages that came early as %s are kept in order, as copies", (_, buffer) => {
  const early = new EarlyMessages();
  early.keep(buffer, 1000);
  buffer[0] = 2;
  early.keep(buffer, 1000);
  expect(early.messages).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
});

test("all early messages together have a limit, and empty ones count too", () => {
  const early = new EarlyMessages();
  expect(early.keep(new Uint8Array(100), 400)).toBeUndefined();
  expect(early.keep(new Uint8Array(0), 400)).toBeUndefined();
  expect(early.keep(new Uint8Array(0), 400)).toMatchObject({ reason: Reason.MESSAGE_TOO_LARGE });
  expect(early.messages).toHaveLength(2);
});
