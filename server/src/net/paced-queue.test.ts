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

test("what is meant for later never begins in the same turn, even if it comes from the queue", async () => {
  const queue = new PacedQueue(2);
  let begun = 0;
  const again = () => {
    if (++begun < 10) queue.later(again);
  };
  queue.later(again);
  expect(begun).toBe(0);
  for (let turns = 1; turns <= 10; turns++) {
    await turn();
    expect(begun).toBe(turns);
  }
});
