import { expect, test } from "vitest";
import type { MailboxEntry } from "../../switchboard/switchboard.ts";
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
  expect(textOf(entry)).toBe("headrest");
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

test("an entry stays what it was while others come and go", () => {
  const [mailbox, other] = [new Mailbox(), new Mailbox()];
  const kept = mailbox.push(limits, 1, Buffer.from("kept"), none);
  for (let seq = 1; seq <= 20; seq++) {
    other.push(limits, 1, new Uint8Array(seq * 100).fill(1), none);
    other.cursor = seq;
    other.trim(seq - 1);
  }
  expect(textOf(kept)).toBe("kept");
});

test("a payload in the middle of a mailbox stays when those before it are acknowledged", () => {
  const mailbox = new Mailbox();
  const entries = ["one", "two", "three"].map((text) => mailbox.push(limits, 1, Buffer.from(text), none));
  mailbox.cursor = 1;
  mailbox.trim(1);
  mailbox.push(limits, 1, Buffer.from("four"), none);
  expect(entries.slice(1).map(textOf)).toEqual(["two", "three"]);
});

test("the memory of what was acknowledged serves the next entry, of whichever mailbox", () => {
  const acknowledged = new Mailbox();
  const first = acknowledged.push(limits, 1, new Uint8Array(5000), none);
  acknowledged.cursor = 1;
  acknowledged.trim(1);
  const next = new Mailbox().push(limits, 1, new Uint8Array(5000), none);
  expect(next?.payload.buffer).toBe(first?.payload.buffer);
});

function textOf(entry: MailboxEntry | undefined): string {
  return Buffer.from(entry?.payload ?? none).toString();
}
