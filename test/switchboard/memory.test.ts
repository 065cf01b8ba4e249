import { MemorySwitchboard } from "../../server/src/engines/memory/memory-switchboard.ts";
import { Timers } from "../../server/src/time/timers.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { testLimits } from "./bench.ts";
import { switchboardSuite } from "./switchboard-suite.ts";

switchboardSuite({
  name: "memory",
  async open(limits, observer) {
    const clock = new FakeClock();
    const node = new MemorySwitchboard({ ...testLimits, ...limits }, new Timers(clock, 10), observer);
    return {
      node,
      otherNode: node,
      async until(condition, what) {
        for (let waited = 0; !condition(); waited += 10) {
          if (waited > 60_000) throw new Error(`in vain: ${what}`);
          clock.advance(10);
          // What was asked of the directory is answered by a promise.
          await Promise.resolve();
        }
      },
      async settle() {},
      close: () => node.close(),
    };
  },
});
