import fc from "fast-check";
import type { Carrier } from "./model-transport.ts";

const peers = ["a", "b", "c", "d"];
const peer = fc.constantFrom(...peers);
const few = fc.integer({ min: 1, max: 8 });

/** What may happen, in proportion to how often it should. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), peer }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      peer,
      to: fc.constantFrom(...peers, ...peers, "a", "b", "a", "b", "nobody"),
      kind: fc.constantFrom(...Array<"candidate">(6).fill("candidate"), "offer" as const, "broken" as const),
      exact: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("update" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reload" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("late" as const), peer }) },
  { weight: 14, arbitrary: fc.record({ do: fc.constant("up" as const), peer, count: few }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("down" as const), peer, count: few }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("ack" as const), peer }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stale" as const), peer }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("block" as const), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unblock" as const), peer }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(10, 500, 2_500, 6_000, 16_000, 31_000),
    }),
  },
);

/**
 * Who they are, and what happens to them: `carriers` of their sessions, `simple` joins without a nonce and does
 * not count its attempts, and a namesake of "a" takes the place of "d".
 *
 * @param carriers of which each peer has one, by chance.
 */
export function historyOver(carriers: readonly Carrier[]) {
  return fc.record({
    carriers: fc.record(Object.fromEntries(peers.map((name) => [name, fc.constantFrom(...carriers)]))),
    simple: fc.record(
      Object.fromEntries(peers.map((name) => [name, fc.constantFrom(false, false, false, true)])),
    ),
    namesake: fc.boolean(),
    mailboxSignals: fc.constantFrom(1, 2, 4, 256),
    /** Whether the peers have met before the sequence begins. */
    met: fc.constantFrom(true, true, false),
    steps: fc.array(step, { minLength: 5, maxLength: 80, size: "max" }),
  });
}
