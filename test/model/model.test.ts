import fc from "fast-check";
import { expect, test } from "vitest";
import { ModelWorld } from "./model-world.ts";

const peers = ["a", "b", "c", "d"];
const peer = fc.constantFrom(...peers);
const few = fc.integer({ min: 1, max: 8 });

/** What may happen, in proportion to how often it should. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("open" as const), peer }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      peer,
      to: fc.constantFrom(...peers, ...peers, "a", "b", "a", "b", "nobody"),
      kind: fc.constantFrom(...Array<"candidate">(6).fill("candidate"), "offer" as const, "broken" as const),
    }),
  },
  { weight: 14, arbitrary: fc.record({ do: fc.constant("up" as const), peer, count: few }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("down" as const), peer, count: few }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("ack" as const), peer }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stale" as const), peer }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("block" as const), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unblock" as const), peer }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(10, 500, 6_000, 16_000, 31_000),
    }),
  },
);

const history = fc.record({
  web: fc.record(Object.fromEntries(peers.map((name) => [name, fc.boolean()]))),
  mailboxSignals: fc.constantFrom(1, 2, 4, 256),
  /** Whether the peers have met before the sequence begins. */
  met: fc.constantFrom(true, true, false),
  steps: fc.array(step, { minLength: 5, maxLength: 80, size: "max" }),
});

test("each acknowledged signal arrives exactly once and in order, or both sides are told", () => {
  const seed = Number(process.env.PARLEY_MODEL_SEED ?? Date.now() % 2 ** 31);
  const seen = { received: 0, rejected: 0, full: 0, slow: 0, gone: 0, afresh: 0, resumed: 0 };
  fc.assert(
    fc.property(history, ({ web, mailboxSignals, met, steps }) => {
      const world = new ModelWorld(web, mailboxSignals);
      if (met) world.meet();
      for (const each of steps) world.run(each);
      world.settle();
      world.check();
      const outcome = world.outcome();
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += outcome[key];
      world.close();
    }),
    { numRuns: 10_000, seed },
  );
  console.log(`model: seed ${seed}`, JSON.stringify(seen));
  // The sequences would prove nothing if they never came to the cases that matter.
  for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(100);
}, 300_000);
