import { expect, test } from "vitest";
import { readSettings } from "../config/setting.ts";
import { signalRateSettings } from "../config/signal-rate-settings.ts";
import { type RatesByScope, SignalBudgets } from "./signal-budgets.ts";

const off = { signals: { burst: 0, perSecond: 1 }, bytes: { burst: 0, perSecond: 1 } };
const noRates: RatesByScope = { session: off, sub: off, address: off, room: off };
const signals = (burst: number, perSecond: number) => ({ ...off, signals: { burst, perSecond } });
const bytes = (burst: number, perSecond: number) => ({ ...off, bytes: { burst, perSecond } });

function senderOf(
  name: string,
  { room = "room", owner = "", address = undefined as string | undefined } = {},
) {
  return { sessionId: `session of ${name}`, room, owner, address };
}

/** Budgets under a clock that the test sets. */
function budgetsOf(rates: Partial<RatesByScope>) {
  const clock = { now: 0 };
  const budgets = new SignalBudgets({ ...noRates, ...rates }, () => clock.now);
  const take = (sender: ReturnType<typeof senderOf>, size = 1) => budgets.of(sender).take(size, clock.now);
  return { clock, budgets, take };
}

test("a burst passes at once, and then one after the other as fast as they are restored", () => {
  const { clock, take } = budgetsOf({ session: signals(3, 2) });
  const ada = senderOf("ada");
  expect([take(ada), take(ada), take(ada), take(ada)]).toEqual([0, 0, 0, 500]);
  clock.now = 499;
  expect(take(ada)).toBe(1);
  clock.now = 500;
  expect([take(ada), take(ada)]).toEqual([0, 500]);
  clock.now = 60_000;
  expect([take(ada), take(ada), take(ada), take(ada)]).toEqual([0, 0, 0, 500]);
});

test("a signal of more bytes than are left passes, and the next one waits for them", () => {
  const { clock, take } = budgetsOf({ session: bytes(1000, 1000) });
  const ada = senderOf("ada");
  expect([take(ada, 999), take(ada, 2001), take(ada, 1)]).toEqual([0, 0, 2001]);
  clock.now = 2001;
  expect(take(ada, 1)).toBe(0);
});

test("a session has one budget, on however many streams and requests it sends", () => {
  const { clock, budgets, take } = budgetsOf({ session: signals(2, 1) });
  const ada = senderOf("ada");
  const stream = budgets.hold(ada);
  expect([stream.take(1, 0), take(ada)]).toEqual([0, 0]);
  budgets.release(stream);
  expect([budgets.hold(ada).take(1, clock.now), take(ada), take(senderOf("bob"))]).toEqual([1000, 1000, 0]);
});

test.each([
  ["sub", { owner: "shared" }, { owner: "other" }],
  ["address", { address: "192.0.2.1" }, { address: "192.0.2.2" }],
  ["room", { room: "shared" }, { room: "other" }],
] as const)("sessions of one %s share its budget, and others do not", (scope, shared, other) => {
  const { budgets, take } = budgetsOf({ [scope]: signals(2, 1) });
  expect([take(senderOf("ada", shared)), take(senderOf("bob", shared))]).toEqual([0, 0]);
  const allowance = budgets.of(senderOf("carol", shared));
  expect([allowance.take(1, 0), allowance.limitedBy]).toEqual([1000, scope]);
  expect(take(senderOf("dave", other))).toBe(0);
});

test("clients without a sub or a limited address share nothing", () => {
  const { take } = budgetsOf({ sub: signals(1, 1), address: signals(1, 1) });
  expect([take(senderOf("ada")), take(senderOf("ada")), take(senderOf("bob"))]).toEqual([0, 0, 0]);
});

test("what one budget refuses is taken from no other, and the longest wait counts", () => {
  const { clock, budgets, take } = budgetsOf({ session: signals(1, 1), room: signals(2, 0.25) });
  const [ada, bob] = [senderOf("ada"), senderOf("bob")];
  expect([take(ada), take(ada), take(ada), take(bob)]).toEqual([0, 1000, 1000, 0]);
  const allowance = budgets.of(ada);
  expect([allowance.take(1, clock.now), allowance.limitedBy]).toEqual([4000, "room"]);
  clock.now = 4000;
  expect(take(ada)).toBe(0);
});

test("without any limit nothing is remembered", () => {
  const { budgets, take } = budgetsOf({});
  expect(take(senderOf("ada", { owner: "ada", address: "192.0.2.1" }), 1e9)).toBe(0);
  expect(budgets.size).toBe(0);
});

test("budgets that have rested are forgotten, unless a stream holds them", () => {
  const { clock, budgets, take } = budgetsOf({ session: signals(1, 1) });
  const held = budgets.hold(senderOf("held"));
  for (let index = 1; index < 1024; index++) take(senderOf(`${index}`));
  clock.now = 1000;
  take(senderOf("one-more"));
  expect(budgets.size).toBe(2);
  expect([held.take(1, clock.now), take(senderOf("held"))]).toEqual([0, 1000]);
});

/** What it takes for all peers of a room to negotiate with each other: an offer or an answer and ten candidates each way. */
const negotiation = [4500, ...Array.from({ length: 10 }, () => 300)];

test.each([
  ["a room of 64", 1, 64],
  ["a full room of 100", 1, 100],
  ["an office of 512 in rooms of 64", 8, 64],
])("at the defaults %s may renegotiate all links at once", (_, rooms, peers) => {
  const budgets = new SignalBudgets(
    readSettings(signalRateSettings, () => undefined),
    () => 0,
  );
  let refused = 0;
  for (let room = 0; room < rooms; room++) {
    for (let peer = 0; peer < peers; peer++) {
      const name = `${room}-${peer}`;
      const sender = senderOf(name, { room: `room-${room}`, owner: name, address: "192.0.2.1" });
      const allowance = budgets.of(sender);
      for (let other = 1; other < peers; other++) {
        for (const size of negotiation) if (allowance.take(size, 0) > 0) refused++;
      }
    }
  }
  expect(refused).toBe(0);
});
