import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { Timers } from "../time/timers.ts";
import type { WriteDeadline } from "./write-deadline.ts";
import { type UnsentCarrier, type WatchedResponse, WriteWatch } from "./write-watch.ts";

const limits = {
  stallMs: 10_000,
  slowMs: 60_000,
  bytesPerSecond: 1024,
  connectionBytes: 1000,
  nodeBytes: 5000,
};

class Response implements WatchedResponse {
  readonly carrier: UnsentCarrier;
  waiting: number;
  taken = 0;
  counted = 0;
  deadline: WriteDeadline | undefined;
  aborted = false;

  constructor(waiting: number, carrier: UnsentCarrier = { unsent: 0 }) {
    this.waiting = waiting;
    this.carrier = carrier;
  }

  take(bytes: number): void {
    this.waiting -= bytes;
    this.taken += bytes;
  }

  abort(): void {
    this.aborted = true;
  }
}

function open() {
  const clock = new FakeClock();
  return { clock, watch: new WriteWatch(limits, new Timers(clock)) };
}

test("a response of which nothing is taken for 10 s is broken off", () => {
  const { clock, watch } = open();
  const response = new Response(100);
  watch.watch(response);
  clock.advance(9000);
  expect(response.aborted).toBe(false);
  clock.advance(3000);
  expect(response.aborted).toBe(true);
  expect([watch.size, watch.unsent, response.carrier.unsent, clock.pending]).toEqual([0, 0, 0, 0]);
});

test("a response that is taken is forgotten, and costs no timer any more", () => {
  const { clock, watch } = open();
  const response = new Response(900);
  watch.watch(response);
  for (let second = 0; second < 9; second++) {
    clock.advance(1000);
    response.take(100);
  }
  clock.advance(2000);
  expect(response.aborted).toBe(false);
  expect([watch.size, watch.unsent, response.carrier.unsent, clock.pending]).toEqual([0, 0, 0, 0]);
});

test("a connection that holds too much begins nothing more, and at the double its next response is broken off", () => {
  const { watch } = open();
  const carrier = { unsent: 0 };
  const responses = [600, 600, 600, 600].map((waiting) => new Response(waiting, carrier));
  const [first, second, third, fourth] = responses as [Response, Response, Response, Response];
  watch.watch(first);
  expect(watch.isFull(carrier)).toBe(false);
  watch.watch(second);
  expect(watch.isFull(carrier)).toBe(true);
  watch.watch(third);
  watch.watch(fourth);
  expect(responses.map(({ aborted }) => aborted)).toEqual([false, false, false, true]);
  expect(carrier.unsent).toBe(1800);
  watch.forget(first);
  watch.forget(second);
  expect(watch.isFull(carrier)).toBe(false);
});

test("a node that holds too much breaks off what the worst connection holds", () => {
  const { watch } = open();
  const small = Array.from({ length: 4 }, () => new Response(800));
  const carrier = { unsent: 0 };
  const large = [new Response(900, carrier), new Response(900, carrier)];
  for (const response of [...small, ...large]) watch.watch(response);
  const last = new Response(100);
  watch.watch(last);
  expect(large.every(({ aborted }) => aborted)).toBe(true);
  expect([...small, last].some(({ aborted }) => aborted)).toBe(false);
  expect(watch.unsent).toBe(3300);
});
