import { expect, test } from "vitest";
import { TurnQueue } from "./turn-queue.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Works for so long, in milliseconds. */
function busy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

test("little work runs at once", async () => {
  const queue = new TurnQueue(() => {});
  let done = 0;
  for (let i = 0; i < 10; i++) expect(queue.run(() => done++)).toBe(true);
  expect(done).toBe(10);
  await turn();
  expect(queue.run(() => done++)).toBe(true);
});

test("what does not fit into a turn runs in the next ones, in order", async () => {
  const queue = new TurnQueue(() => {});
  const done: number[] = [];
  const works = Array.from({ length: 6 }, (_, i) => () => {
    busy(3);
    done.push(i);
  });
  const atOnce = works.map((work) => queue.run(work)).filter(Boolean).length;
  expect(atOnce).toBeLessThanOrEqual(2);
  expect(queue.size).toBe(6 - atOnce);
  for (let turns = 0; queue.size > 0; turns++) {
    expect(turns).toBeLessThan(6);
    const before = done.length;
    await turn();
    expect(done.length - before).toBeLessThanOrEqual(2);
  }
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
});

test("work that throws is reported, and does not keep the rest from running", async () => {
  const errors: unknown[] = [];
  const queue = new TurnQueue((error) => errors.push(error));
  const fail = () => {
    busy(6);
    throw new Error("on purpose");
  };
  expect(() => queue.run(fail)).toThrow("on purpose");
  let done = false;
  queue.run(fail);
  queue.run(() => {
    done = true;
  });
  while (queue.size > 0) await turn();
  expect(done).toBe(true);
  expect(errors).toMatchObject([{ message: "on purpose" }]);
});
