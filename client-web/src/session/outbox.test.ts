import { create } from "@bufbuild/protobuf";
import { LimitsSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";
import { sizeOf } from "./request-size.ts";
import { requestOf } from "./signals.ts";

const limits = create(LimitsSchema, { signalBytes: 65_536, batchSignals: 3, batchBytes: 16_384 });

function fill(outbox: Outbox, count: number, bytes = 0): void {
  for (let index = 0; index < count; index++) {
    const request = requestOf({ to: "b", kind: "offer", sdp: "x".repeat(bytes) });
    outbox.add(request, sizeOf(request), () => {});
  }
}

function seqs(outbox: Outbox): number[] {
  const batch = outbox.take(limits);
  for (const pending of batch) pending.sentAt ??= 0;
  return batch.map(({ request }) => request.seq);
}

test("signals are numbered from 1 and batched in order, at most as many as the server takes", () => {
  const outbox = new Outbox();
  fill(outbox, 5);
  expect([seqs(outbox), seqs(outbox), seqs(outbox)]).toEqual([[1, 2, 3], [4, 5], []]);
});

test("a batch has at most as many bytes as the server takes, and always one signal", () => {
  const outbox = new Outbox();
  fill(outbox, 1, 20_000);
  fill(outbox, 3, 6_000);
  expect([seqs(outbox), seqs(outbox), seqs(outbox)]).toEqual([[1], [2, 3], [4]]);
});

test("after a rewind, what is not acknowledged is taken again in order", () => {
  const outbox = new Outbox();
  fill(outbox, 4);
  seqs(outbox);
  outbox.acknowledge(1);
  outbox.rewind();
  expect(seqs(outbox)).toEqual([2, 3, 4]);
});

test("an acknowledgement removes what it covers, and what is on its way stays so", () => {
  const outbox = new Outbox();
  fill(outbox, 5);
  seqs(outbox);
  expect(outbox.acknowledge(2).map(({ request }) => request.seq)).toEqual([1, 2]);
  expect(seqs(outbox)).toEqual([4, 5]);
  outbox.acknowledge(99);
  expect(outbox.size).toBe(0);
});

test("an answer is certain only up to the first signal that was sent again", () => {
  const outbox = new Outbox();
  fill(outbox, 3);
  seqs(outbox);
  expect(outbox.certain(3)).toBe(3);
  outbox.acknowledge(1);
  outbox.rewind();
  seqs(outbox);
  expect(outbox.certain(3)).toBe(1);
});
