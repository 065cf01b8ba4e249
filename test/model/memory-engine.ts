import { MemorySwitchboard } from "../../server/src/engines/memory/memory-switchboard.ts";
import { Timers } from "../../server/src/time/timers.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { type ModelEngine, modelHost, modelSettings } from "./model-world.ts";

/** One node with the memory engine. */
export function openMemory(mailboxSignals: number): ModelEngine {
  const clock = new FakeClock();
  const timers = new Timers(clock);
  const settings = modelSettings(mailboxSignals);
  const switchboard = new MemorySwitchboard(settings, timers);
  return {
    clock,
    hosts: [modelHost(clock, timers, settings, switchboard)],
    // The door of REST leaves some of it to the end of the turn.
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    rounds: 50,
    close: async () => {
      await switchboard.close();
      return [];
    },
  };
}
