import { afterAll, beforeAll, test } from "vitest";
import { openMemory } from "./memory-engine.ts";
import { ModelDevices } from "./model-devices.ts";
import { carriers } from "./model-transport.ts";
import { play } from "./play.ts";

let devices: ModelDevices;

beforeAll(async () => {
  devices = await ModelDevices.start();
});
afterAll(() => devices[Symbol.asyncDispose]());

test("the same, and some peers are devices behind a broker and the bridge", async () => {
  await play(
    "memory, with devices",
    80,
    async (mailboxSignals) => {
      const engine = openMemory(mailboxSignals);
      const settle = async () => {
        do {
          await devices.settle();
          await engine.settle();
        } while (!devices.isIdle);
      };
      return { ...engine, devices, settle };
    },
    // The broker takes what a device does not read, and in so few histories few mailboxes are full and few limits reached.
    (kind) => (["slow", "full", "limited"].includes(kind) ? 0 : 1),
    [...carriers, "device", "device"],
  );
}, 900_000);
