import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { Timers } from "../time/timers.ts";
import { Readiness } from "./readiness.ts";

test("a node that is short of memory is alive, and not ready until it is not short any more", async () => {
  const readiness = new Readiness({ probe: async () => {} }, new Timers(new FakeClock()));
  expect(await readiness.ready()).toBe(true);
  readiness.shortOfMemory = true;
  expect(await readiness.check()).toEqual({ live: true, ready: false, message: "short of memory" });
  readiness.shortOfMemory = false;
  expect(await readiness.ready()).toBe(true);
});

test("those who watch learn at once that memory is short", async () => {
  const readiness = new Readiness({ probe: async () => {} }, new Timers(new FakeClock()));
  const watch = readiness.changes(new AbortController().signal);
  expect((await watch.next()).value).toBe(true);
  const next = watch.next();
  await new Promise((resolve) => setImmediate(resolve));
  readiness.shortOfMemory = true;
  expect((await next).value).toBe(false);
});
