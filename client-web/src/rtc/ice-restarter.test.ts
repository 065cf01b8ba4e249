import { expect, test } from "vitest";
import { SettlingClock } from "../testing/settling-clock.ts";
import { IceRestarter } from "./ice-restarter.ts";

function begin(polite = false) {
  const clock = new SettlingClock();
  const began = clock.now();
  const restarts: number[] = [];
  const restarter = new IceRestarter(clock, polite, () => restarts.push(clock.now() - began));
  return { clock, restarter, restarts };
}

test("a failed connection restarts at once on the impolite side, and a little later on the polite one", async () => {
  for (const [polite, at] of [
    [false, 0],
    [true, 1500],
  ] as const) {
    const { clock, restarter, restarts } = begin(polite);
    restarter.state("failed");
    await clock.advance(2000);
    expect(restarts).toEqual([at]);
    restarter.stop();
    expect(clock.pending).toBe(0);
  }
});

test("a disconnected one is given five seconds to mend itself", async () => {
  const { clock, restarter, restarts } = begin();
  restarter.state("disconnected");
  await clock.advance(4000);
  restarter.state("connected");
  expect(clock.pending).toBe(0);
  restarter.state("disconnected");
  await clock.advance(5000);
  expect(restarts).toEqual([9000]);
  restarter.stop();
});

test("restarts that lead to nothing come ever more rarely, until a connection", async () => {
  const { clock, restarter, restarts } = begin();
  for (let round = 0; round < 4; round++) {
    restarter.state("failed");
    await clock.advance(900);
  }
  expect(restarts).toEqual([0]);
  await clock.advance(400);
  expect(restarts).toEqual([0, 4000]);
  restarter.state("connected");
  restarter.state("failed");
  await clock.advance(0);
  expect(restarts.length).toBe(3);
  restarter.stop();
});

test("where the state does not change any more, it tries again by itself", async () => {
  const { clock, restarter, restarts } = begin();
  restarter.state("failed");
  await clock.advance(60_000);
  expect(restarts.length).toBeGreaterThan(2);
  restarter.stop();
  expect(clock.pending).toBe(0);
});
