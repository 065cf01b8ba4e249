import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { Drain } from "./drain.ts";

class Mover {
  readonly waits: number[] = [];

  goAway(reconnectAfterMs: number): void {
    this.waits.push(reconnectAfterMs);
  }
}

function draining() {
  const clock = new FakeClock();
  const drain = new Drain(() => clock.now());
  return { clock, drain, schedule: { moveFrom: clock.now() + 2000, moveBy: clock.now() + 5000 } };
}

test("a node that does not drain refuses no join and asks nobody to move", () => {
  const { drain } = draining();
  const mover = new Mover();
  drain.opened(mover);
  expect(drain.refusal).toBeUndefined();
  expect(mover.waits).toEqual([]);
});

test("a join is refused until a new connection leads elsewhere, and it is said when that is", () => {
  const { clock, drain, schedule } = draining();
  drain.begin();
  expect(drain.refusal).toEqual({ reason: Reason.GOING_AWAY, message: "this node is stopping" });
  drain.announce([], schedule);
  clock.advance(500);
  expect(drain.refusal).toMatchObject({ retryAfterMs: 1500 });
  clock.advance(1500);
  expect(drain.refusal).not.toHaveProperty("retryAfterMs");
});

test("nobody moves before that helps, and everybody in time", () => {
  const { clock, drain, schedule } = draining();
  const movers = Array.from({ length: 1000 }, () => new Mover());
  drain.announce(movers, schedule);
  const waits = movers.flatMap((mover) => mover.waits);
  expect(waits).toHaveLength(1000);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(2000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(5000);
  // Spread out: with even odds not one of a thousand falls into the last tenth only once in 10^45 runs.
  expect(waits.some((wait) => wait > 4700)).toBe(true);
  expect(waits.some((wait) => wait < 2300)).toBe(true);

  clock.advance(4000);
  const late = new Mover();
  drain.opened(late);
  expect(late.waits[0]).toBeGreaterThanOrEqual(0);
  expect(late.waits[0]).toBeLessThanOrEqual(1000);
  clock.advance(4000);
  drain.opened(late);
  expect(late.waits[1]).toBe(0);
});
