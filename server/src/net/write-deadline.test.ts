import { expect, test } from "vitest";
import { WriteDeadline } from "./write-deadline.ts";

const pace = { stallMs: 10_000, slowMs: 60_000, bytesPerSecond: 1024 };
const second = 1000;

/** Reads so many bytes in each second; returns after how many seconds it is too slow, if within two minutes. */
function secondsUntilMissed(
  bytesInSecond: (second: number) => number,
  waiting = 1_000_000,
): number | undefined {
  const deadline = new WriteDeadline();
  let taken = 0;
  for (let passed = 0; passed <= 120; passed++) {
    if (deadline.isMissed(passed * second, waiting - taken, taken, pace)) return passed;
    taken += bytesInSecond(passed);
  }
  return undefined;
}

test("a client that takes nothing has 10 s", () => {
  expect(secondsUntilMissed(() => 0)).toBe(10);
});

test("one that stops in the middle has 10 s from then on", () => {
  expect(secondsUntilMissed((passed) => (passed < 7 ? 5000 : 0))).toBe(17);
});

test("one that takes a byte now and then has 60 s", () => {
  expect(secondsUntilMissed((passed) => (passed % 9 === 0 ? 1 : 0))).toBe(60);
});

test("one that takes 1 KB per second has all the time it needs, one that takes less has not", () => {
  expect(secondsUntilMissed(() => 1024)).toBeUndefined();
  expect(secondsUntilMissed(() => 1000)).toBe(60);
});

test("one that becomes too slow later is found too", () => {
  expect(secondsUntilMissed((passed) => (passed < 60 ? 5000 : 100))).toBe(120);
});

test("time in which nothing waits does not count", () => {
  const deadline = new WriteDeadline();
  for (let passed = 0; passed < 600; passed++) {
    const waiting = passed % 9 === 0 ? 0 : 100;
    expect(deadline.isMissed(passed * second, waiting, 0, pace)).toBe(false);
  }
});
