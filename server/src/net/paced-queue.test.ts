import { expect, test } from "vitest";
import { PacedQueue } from "./paced-queue.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("what comes together is spread over turns, in order", async () => {
  const queue = new PacedQueue(2);
  const begun: number[] = [];
  for (let i = 0; i < 10; i++) queue.add(() => begun.push(i));
  expect(begun).toEqual([0, 1]);
  await turn();
  expect(begun).toHaveLength(4);
  queue.add(() => begun.push(10));
  while (queue.size > 0) await turn();
  expect(begun).toEqual(Array.from({ length: 11 }, (_, i) => i));
  expect(queue.size).toBe(0);
});

test("one alone begins at once, also after others", async () => {
  const queue = new PacedQueue(2);
  let begun = 0;
  for (let i = 0; i < 5; i++) {
    queue.add(() => begun++);
    expect(begun).toBe(i + 1);
    await turn();
    await turn();
  }
});
