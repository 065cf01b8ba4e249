import { test } from "vitest";
import { MemorySwitchboard } from "../../server/src/engines/memory/memory-switchboard.ts";
import { Timers } from "../../server/src/time/timers.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { modelHost, modelSettings } from "./model-world.ts";
import { play } from "./play.ts";

test("each acknowledged signal arrives exactly once and in order, or both sides are notified", async () => {
  await play(
    "memory",
    10_000,
    async (mailboxSignals) => {
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
    },
    (kind) => (kind === "slow" ? 20 : 100),
  );
}, 600_000);
