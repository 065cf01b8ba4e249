import { beforeEach, expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { type Acknowledger, AckQueue } from "./ack-queue.ts";

let clock: FakeClock;
let queue: AckQueue;

/** One that says when it acknowledged, in milliseconds since it was made. */
class Debtor implements Acknowledger {
  owesSince = 0;
  readonly acknowledged: number[] = [];
  readonly #madeAt = clock.now();
  #queued = false;

  /** A signal has come. */
  owe(): void {
    if (this.owesSince === 0) this.owesSince = queue.round;
    if (!this.#queued) queue.add(this);
    this.#queued = true;
  }

  /** A message to its client has carried the acknowledgement. */
  settle(): void {
    this.owesSince = 0;
  }

  flushAck(): void {
    this.#queued = false;
    if (this.owesSince === 0) return;
    this.acknowledged.push(clock.now() - this.#madeAt);
    this.settle();
  }
}

beforeEach(() => {
  clock = new FakeClock();
  queue = new AckQueue(clock);
});

test("an acknowledgement that nothing carries is sent after 100 ms", () => {
  const debtor = new Debtor();
  debtor.owe();
  clock.advance(1000);
  expect(debtor.acknowledged).toEqual([100]);
  expect(clock.pending).toBe(0);
});

test("one that comes while another waits is held for 50 ms at least, and 100 at most", () => {
  const first = new Debtor();
  const second = new Debtor();
  first.owe();
  clock.advance(49);
  second.owe();
  clock.advance(50);
  expect([first.acknowledged, second.acknowledged]).toEqual([[], []]);
  clock.advance(1);
  expect([first.acknowledged, second.acknowledged]).toEqual([[100], [100]]);
  second.owe();
  clock.advance(200);
  expect(second.acknowledged).toEqual([100, 200]);
});

test("a debt that a message has carried is forgotten, and the next one waits from its own beginning", () => {
  const debtor = new Debtor();
  const other = new Debtor();
  other.owe();
  for (let hop = 0; hop < 20; hop++) {
    debtor.owe();
    clock.advance(30);
    debtor.settle();
    other.owe();
  }
  expect(debtor.acknowledged).toEqual([]);
  expect(other.acknowledged.length).toBeGreaterThan(4);
});
