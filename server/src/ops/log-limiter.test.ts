import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { LogLimiter } from "./log-limiter.ts";
import type { Logger } from "./logger.ts";

function limited() {
  const lines: { level: string; fields: object; message: string }[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  const logger: Logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
  const clock = new FakeClock();
  return { lines, clock, limiter: new LogLimiter(logger, clock) };
}

test("lines alike are written ten times a minute, and then how many were left out", () => {
  const { lines, clock, limiter } = limited();
  for (let count = 0; count < 1000; count++) limiter.warn({ count }, "trouble");
  expect(lines).toHaveLength(10);
  expect(lines[9]).toEqual({ level: "warn", fields: { count: 9 }, message: "trouble" });
  clock.advance(60_000);
  expect(lines.slice(10)).toEqual([{ level: "warn", fields: { suppressed: 990 }, message: "trouble" }]);
  limiter.warn({}, "trouble");
  expect(lines).toHaveLength(12);
});

test("nothing more is written of lines of which none was left out", () => {
  const { lines, clock, limiter } = limited();
  for (let count = 0; count < 10; count++) limiter.info({}, "a page was refused");
  clock.advance(120_000);
  expect(lines).toHaveLength(10);
  expect(clock.pending).toBe(0);
});

test("a flood of one kind hides no other: levels, messages and errors are counted apart", () => {
  const { lines, limiter } = limited();
  const fail = (text: string) => limiter.error({ err: new Error(text) }, "a handler failed");
  for (let count = 0; count < 100; count++) fail("the one");
  fail("the other");
  limiter.warn({ err: new Error("the one") }, "a handler failed");
  limiter.error({ err: new Error("the one") }, "another message");
  expect(lines).toHaveLength(13);
});

test("errors that are all different are limited as well", () => {
  const { lines, clock, limiter } = limited();
  for (let count = 0; count < 100_000; count++)
    limiter.error({ err: new Error(`${count}`) }, "a handler failed");
  expect(lines.length).toBeLessThan(300);
  expect(clock.pending).toBeLessThan(300);
  clock.advance(60_000);
  expect(clock.pending).toBe(0);
  expect(lines.at(-1)?.fields).toHaveProperty("suppressed");
});
