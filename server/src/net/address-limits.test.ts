import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { AddressLimits } from "./address-limits.ts";

const figures = {
  sessions: 3,
  connections: 2,
  joins: { burst: 4, perSecond: 1 },
  handshakes: { burst: 2, perSecond: 1 },
};
const [a, b] = ["192.0.2.1", "192.0.2.2"] as const;

function limits() {
  const clock = new FakeClock();
  const isExempt = (address: string) => address === "127.0.0.1";
  return { clock, limits: new AddressLimits(figures, () => clock.now(), isExempt) };
}

test("an address has so many sessions at the same time, and another one its own", () => {
  const { limits: all } = limits();
  for (let i = 0; i < 3; i++) expect(all.enter(a)).toBeUndefined();
  expect(all.enter(a)).toMatchObject({ retryAfterMs: 5000 });
  expect(all.enter(b)).toBeUndefined();
  all.leave(a);
  expect(all.enter(a)).toBeUndefined();
});

test("an address joins so often, and learns when it may again", () => {
  const { clock, limits: all } = limits();
  for (let i = 0; i < 4; i++) {
    expect(all.enter(a)).toBeUndefined();
    all.leave(a);
  }
  expect(all.enter(a)).toEqual({
    kind: "client",
    message: "this address joins and resumes too often",
    retryAfterMs: 1000,
  });
  clock.advance(1000);
  expect(all.enter(a)).toBeUndefined();
});

test("an address has so many connections at the same time", () => {
  const { limits: all } = limits();
  expect([all.connect(a), all.connect(a), all.connect(a), all.connect(b)]).toEqual([true, true, false, true]);
  all.disconnect(a);
  expect(all.connect(a)).toBe(true);
});

test("an address begins TLS so often", () => {
  const { limits: all } = limits();
  expect([all.shakeHands(a), all.shakeHands(a), all.shakeHands(a)]).toEqual([true, true, false]);
});

test("the addresses of an IPv6 network count as one", () => {
  const { limits: all } = limits();
  expect([all.connect("2001:db8::1"), all.connect("2001:db8::2"), all.connect("2001:db8::3")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("an address that is exempt has no limits", () => {
  const { limits: all } = limits();
  for (let i = 0; i < 100; i++) {
    expect(all.enter("127.0.0.1")).toBeUndefined();
    expect(all.connect("127.0.0.1")).toBe(true);
    expect(all.shakeHands("127.0.0.1")).toBe(true);
  }
});
