import { expect, test } from "vitest";
import type { EncodedSubmission } from "./encoded-submission.ts";
import { SubmissionQueue } from "./submission-queue.ts";

function submission(bytes: number): EncodedSubmission {
  return { numbered: true, relays: true, stores: true, bytes, args: [Buffer.alloc(0), "", ""] };
}

function queueOf(sizes: readonly number[]): SubmissionQueue {
  const queue = new SubmissionQueue();
  for (const size of sizes) queue.add(submission(size));
  return queue;
}

const sizesOf = (batch: readonly EncodedSubmission[]) => batch.map(({ bytes }) => bytes);

test("a batch takes what waits in order, up to 64 signals", () => {
  const queue = queueOf(Array.from({ length: 65 }, (_, index) => index));
  expect(sizesOf(queue.takeBatch())).toEqual(Array.from({ length: 64 }, (_, index) => index));
  expect(sizesOf(queue.takeBatch())).toEqual([64]);
  expect(queue.isEmpty).toBe(true);
});

test("a batch takes up to 256 KiB, and a larger signal alone", () => {
  const queue = queueOf([200_000, 62_144, 1, 300_000, 1]);
  expect(sizesOf(queue.takeBatch())).toEqual([200_000, 62_144]);
  expect(sizesOf(queue.takeBatch())).toEqual([1]);
  expect(sizesOf(queue.takeBatch())).toEqual([300_000]);
  expect(sizesOf(queue.takeBatch())).toEqual([1]);
});

test("a stream is read until 256 signals wait", () => {
  const queue = queueOf(Array.from({ length: 255 }, () => 1));
  expect(queue.isFull).toBe(false);
  queue.add(submission(1));
  expect(queue.isFull).toBe(true);
  queue.takeBatch();
  expect(queue.isFull).toBe(false);
});

test("the bytes of a batch that is not stored yet still count", () => {
  const queue = queueOf([262_144, 262_144]);
  expect(queue.isFull).toBe(true);
  const batch = queue.takeBatch();
  expect(queue.isFull).toBe(true);
  queue.stored(batch);
  expect(queue.isFull).toBe(false);
});
