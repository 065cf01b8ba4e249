import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { RateLimiter } from "./rate-limiter.ts";

function limiter(burst: number, perSecond: number) {
  const clock = new FakeClock();
  return { clock, limiter: new RateLimiter({ burst, perSecond }, () => clock.now()) };
}

test("a burst passes, then one at a time as they are restored", () => {
  const { clock, limiter: joins } = limiter(3, 2);
  expect([joins.take("a"), joins.take("a"), joins.take("a")]).toEqual([0, 0, 0]);
  expect(joins.take("a")).toBe(500);
  clock.advance(499);
  expect(joins.take("a")).toBe(1);
  clock.advance(1);
  expect(joins.take("a")).toBe(0);
  expect(joins.take("a")).toBe(500);
});

test("after a rest the burst is whole again, and no more than that", () => {
  const { clock, limiter: joins } = limiter(2, 1);
  joins.take("a");
  joins.take("a");
  clock.advance(60_000);
  expect([joins.take("a"), joins.take("a")]).toEqual([0, 0]);
  expect(joins.take("a")).toBeGreaterThan(0);
});

test("what one does costs the others nothing", () => {
  const { limiter: joins } = limiter(1, 1);
  joins.take("a");
  expect(joins.take("a")).toBeGreaterThan(0);
  expect(joins.take("b")).toBe(0);
});

test("those that have rested are forgotten, however many come", () => {
  const { clock, limiter: joins } = limiter(10, 1);
  for (let key = 0; key < 100_000; key++) {
    joins.take(`address ${key}`);
    clock.advance(2);
  }
  expect(joins.size).toBeLessThan(4096);
});

test("those that have not rested are remembered, however many come", () => {
  const { limiter: joins } = limiter(1, 1);
  for (let key = 0; key < 5000; key++) joins.take(`address ${key}`);
  for (let key = 0; key < 5000; key++) expect(joins.take(`address ${key}`)).toBeGreaterThan(0);
});

test("what is taken at once may be more than is left, and the next one waits for it", () => {
  const { clock, limiter: bytes } = limiter(100, 10);
  expect(bytes.take("a", 150)).toBe(0);
  expect(bytes.take("a", 1)).toBe(5100);
  clock.advance(5100);
  expect(bytes.take("a", 1)).toBe(0);
});

test("to look takes nothing", () => {
  const { limiter: joins } = limiter(1, 1);
  expect([joins.wait("a"), joins.wait("a")]).toEqual([0, 0]);
  expect(joins.size).toBe(0);
  joins.take("a");
  expect(joins.wait("a")).toBe(1000);
});
