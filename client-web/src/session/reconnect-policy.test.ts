import { expect, test } from "vitest";
import { clientError } from "../signaling-error.ts";
import { backoff } from "./reconnect-policy.ts";

const error = clientError("NETWORK", "broken");

test("the bound of the wait doubles from the first to the longest", () => {
  const policy = backoff({ firstMs: 100, maxMs: 1000, random: () => 0.5 });
  expect([0, 1, 2, 3, 4, 50].map((attempt) => policy(attempt, error))).toEqual([50, 100, 200, 400, 500, 500]);
});

test("the wait is anywhere between nothing and its bound", () => {
  expect(backoff({ firstMs: 100, random: () => 0 })(0, error)).toBe(0);
  expect(backoff({ firstMs: 100, random: () => 0.999 })(0, error)).toBeCloseTo(99.9);
});

test("after the attempts it was given, it gives up", () => {
  const policy = backoff({ attempts: 2 });
  expect(policy(1, error)).not.toBeNull();
  expect(policy(2, error)).toBeNull();
});
