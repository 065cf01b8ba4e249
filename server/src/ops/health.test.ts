import { expect, test } from "vitest";
import { checkHealth } from "./health.ts";

const working = { probe: async () => undefined };

test("a node whose engine answers is ready", async () => {
  expect(await checkHealth(working, () => false)).toEqual({ live: true, ready: true, message: "ready" });
});

test("a node whose engine works, but not for long, is ready and says so", async () => {
  const warned = { probe: async () => "Redis uses 9 MB of its maxmemory of 10 MB" };
  expect(await checkHealth(warned, () => false)).toEqual({
    live: true,
    ready: true,
    message: "ready, but: Redis uses 9 MB of its maxmemory of 10 MB",
  });
});

test("a node that stops is alive and not ready", async () => {
  expect(await checkHealth(working, () => true)).toMatchObject({ live: true, ready: false });
});

test("a node whose engine fails is alive and not ready, and says why", async () => {
  const failing = { probe: () => Promise.reject(new Error("connection refused")) };
  expect(await checkHealth(failing, () => false)).toEqual({
    live: true,
    ready: false,
    message: "storage: connection refused",
  });
});

test("a node whose engine does not answer is not ready either", async () => {
  const silent = { probe: () => new Promise<never>(() => {}) };
  expect(await checkHealth(silent, () => false, 5)).toMatchObject({ live: true, ready: false });
});
