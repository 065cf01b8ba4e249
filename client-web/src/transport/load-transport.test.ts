import { expect, test } from "vitest";
import { FakeTransport } from "../testing/fake-transport.ts";
import { SettlingClock, settle } from "../testing/settling-clock.ts";
import { loadTransport } from "./load-transport.ts";

const transport = new FakeTransport();

test("a transport is there once its code is", async () => {
  const clock = new SettlingClock();
  const loaded = loadTransport(async () => transport, { clock, timeoutMs: 1_000, signal: undefined });
  expect(await loaded).toBe(transport);
  await settle();
  expect(clock.pending).toBe(0);
});

test("code that cannot be loaded is an error of the network", async () => {
  const clock = new SettlingClock();
  const cause = new TypeError("Failed to fetch dynamically imported module");
  const load = () => Promise.reject(cause);
  const loaded = loadTransport(load, { clock, timeoutMs: 1_000, signal: undefined });
  await expect(loaded).rejects.toMatchObject({ name: "SignalingError", reason: "NETWORK", cause });
  await settle();
  expect(clock.pending).toBe(0);
});

test("code that does not load in time is not waited for", async () => {
  const clock = new SettlingClock();
  const loaded = loadTransport(() => new Promise(() => {}), { clock, timeoutMs: 1_000, signal: undefined });
  const outcome = expect(loaded).rejects.toMatchObject({ reason: "TIMEOUT" });
  await clock.advance(1_000);
  await outcome;
});

test("the caller may give up meanwhile", async () => {
  const clock = new SettlingClock();
  const leaving = new AbortController();
  const options = { clock, timeoutMs: 1_000, signal: leaving.signal };
  const loaded = loadTransport(() => new Promise(() => {}), options);
  leaving.abort();
  await expect(loaded).rejects.toMatchObject({ reason: "ABORTED" });
});
