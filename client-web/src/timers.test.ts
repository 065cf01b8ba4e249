import { expect, test } from "vitest";
import { SettlingClock } from "./testing/settling-clock.ts";
import { Timers } from "./timers.ts";

function scene() {
  const clock = new SettlingClock();
  const called: string[] = [];
  return { clock, called, timers: new Timers<"one" | "other">(clock) };
}

test("a timer that runs is not started again, and can be after it has called back", async () => {
  const { clock, called, timers } = scene();
  timers.start("one", 10, () => called.push("first"));
  timers.start("one", 5, () => called.push("second"));
  await clock.advance(10);
  expect([called, timers.runs("one")]).toEqual([["first"], false]);
  timers.start("one", 5, () => called.push("third"));
  await clock.advance(5);
  expect(called).toEqual(["first", "third"]);
});

test("a restart forgets the time that was set before", async () => {
  const { clock, called, timers } = scene();
  timers.start("one", 10, () => called.push("first"));
  timers.restart("one", 20, () => called.push("second"));
  await clock.advance(20);
  expect([called, clock.pending]).toEqual([["second"], 0]);
});

test("timers are stopped one by one, or all", () => {
  const { clock, called, timers } = scene();
  timers.start("one", 10, () => called.push("one"));
  timers.start("other", 10, () => called.push("other"));
  timers.stop("one");
  expect([timers.runs("one"), timers.runs("other"), clock.pending]).toEqual([false, true, 1]);
  timers.start("one", 10, () => called.push("one"));
  timers.stopAll();
  expect([clock.pending, called]).toEqual([0, []]);
});
