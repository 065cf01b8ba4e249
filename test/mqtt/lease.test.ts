import { expect, test } from "vitest";
import { Lease } from "../../server/src/bridges/mqtt/lease.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { until } from "../kit/until.ts";
import { Mosquitto } from "./mosquitto.ts";

const takeoverMs = 5000;
/** How long a standby may wait by chance before it claims a lease that is free, in milliseconds. */
const chanceMs = 250;

/** A bridge's part in the lease, under a clock of its own. It has the lease while its state is "active". */
function bridgeAt(broker: Mosquitto) {
  const none = { username: undefined, password: undefined, ca: undefined, cert: undefined, key: undefined };
  const clock = new FakeClock();
  const log = new LogBook();
  const lease = new Lease(
    { broker: { url: broker.url, version: "5", ...none }, clientId: "bridge", takeoverMs },
    { acquired: () => {}, lost: () => {}, message: () => {} },
    log,
    clock,
  );
  lease.start();
  const says = (message: string) => until(() => log.find(message) !== undefined, `"${message}"`, 60_000);
  return { clock, lease, says };
}

/** One that is active, and one that stands by. */
async function pair(broker: Mosquitto) {
  const first = bridgeAt(broker);
  await first.says("standing by");
  first.clock.advance(chanceMs);
  await first.says("active");
  const second = bridgeAt(broker);
  await second.says("standing by");
  return { first, second };
}

test("a standby takes over when the active bridge has said nothing for the takeover time, and not before", async () => {
  await using broker = await Mosquitto.start();
  const { first, second } = await pair(broker);
  // The clock of the first one stands still, as if it were frozen: it renews nothing.
  second.clock.advance(takeoverMs - 1);
  expect([first.lease.state, second.lease.state]).toEqual(["active", "standby"]);
  second.clock.advance(1);
  await second.says("active");
  await until(() => first.lease.state !== "active", "the first one to lose its devices", 60_000);
  await Promise.all([first.lease.stop(), second.lease.stop()]);
});

test("a standby takes over at once when the active bridge ends", async () => {
  await using broker = await Mosquitto.start();
  const { first, second } = await pair(broker);
  await first.lease.stop();
  await until(
    () => {
      second.clock.advance(1);
      return second.lease.state === "active";
    },
    "the standby to be active",
    60_000,
  );
  expect(second.clock.now()).toBeLessThan(new FakeClock().now() + takeoverMs);
  await second.lease.stop();
});
