import { expect, test } from "vitest";
import { Mailbox } from "./mailbox.ts";

const limits = { signals: 8, bytes: 100_000, shareSignals: 8, shareBytes: 100_000 };
const none = new Uint8Array(0);

test("an entry is a copy of both parts", () => {
  const mailbox = new Mailbox();
  const head = Buffer.from("head");
  const rest = Buffer.from("rest");
  const entry = mailbox.push(limits, 1, head, rest);
  head.fill(0);
  rest.fill(0);
  expect(String(entry?.payload)).toBe("headrest");
});

test("entries that wait keep about as much memory as they have bytes", () => {
  const mailboxes = Array.from({ length: 8 }, () => new Mailbox());
  const buffers = new Set<ArrayBufferLike>();
  let bytes = 0;
  for (let round = 0; round < limits.signals; round++) {
    for (const mailbox of mailboxes) {
      // What others allocate meanwhile must not lie between.
      Buffer.allocUnsafe(2000);
      const size = 200 + round * 300;
      bytes += size;
      buffers.add(mailbox.push(limits, 1, new Uint8Array(size), none)?.payload.buffer ?? new ArrayBuffer(0));
    }
  }
  const held = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(held).toBeLessThan(bytes * 1.5);
});

test("an entry that was handed out stays what it was when others take its place", () => {
  const mailbox = new Mailbox();
  const first = mailbox.push(limits, 1, Buffer.from("first"), none);
  mailbox.cursor = 1;
  mailbox.trim(1);
  mailbox.push(limits, 1, Buffer.from("other"), none);
  expect(String(first?.payload)).toBe("first");
});
