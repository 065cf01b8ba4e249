import { once } from "node:events";
import { expect, test } from "vitest";
import { socketPair } from "../../../test/kit/socket-pair.ts";
import { stall } from "../../../test/kit/stall.ts";
import { systemClock } from "./clock.ts";

test("what came while the process stood still is read before a timer runs", async () => {
  using sockets = await socketPair();
  const events: string[] = [];
  sockets.far.on("data", () => events.push("data"));
  const { promise: passed, resolve } = Promise.withResolvers<void>();
  systemClock.after(1, () => {
    events.push("timer");
    resolve();
  });
  sockets.near.write("late, but not too late");
  stall(100);
  await passed;
  expect(events).toEqual(["data", "timer"]);
});

test("what is read then may still cancel it", async () => {
  using sockets = await socketPair();
  let ran = false;
  const cancel = systemClock.after(1, () => {
    ran = true;
  });
  const read = once(sockets.far, "data").then(cancel);
  sockets.near.write("alive");
  stall(100);
  await read;
  await new Promise((resolve) => systemClock.after(1, () => resolve(undefined)));
  expect(ran).toBe(false);
});
