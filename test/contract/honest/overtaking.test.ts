import { expect, test } from "vitest";
import { offer } from "../stage/actor.ts";
import { inHalves } from "../stage/scenario.ts";
import { Stage } from "../stage/stage.ts";
import { ways } from "../ways/index.ts";

test.each(ways.filter(inHalves))("parallel sends arrive complete and in order: $name", async (way) => {
  await using stage = await Stage.start(way);
  const alice = await stage.join("alice");
  const bob = await stage.join("bob");
  await alice.hear();
  // The last first, each by a request of its own: a page that awaits none of its sends.
  const numbers = [5, 4, 3, 2, 1];
  await Promise.all(numbers.map((seq) => alice.sendAs({ seq, ...offer(bob, `number ${seq}`) })));
  await bob.hear(numbers.length);
  expect(bob.transcript.slice(1)).toEqual(
    numbers.toReversed().map((seq) => `${seq} offer from alice: number ${seq}`),
  );
  expect(alice.ended).toBe(false);
});
