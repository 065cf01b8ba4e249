import { Reason, reasonName } from "@parley/contract";
import { expect, test } from "vitest";
import { MemorySwitchboard } from "../../server/src/engines/memory/memory-switchboard.ts";
import { Server } from "../../server/src/server.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { Timers } from "../../server/src/time/timers.ts";
import { LogBook } from "./stage/log-book.ts";
import { configOf, joinOf } from "./stage/stage.ts";
import { ways } from "./ways/index.ts";

/** An engine with a bug. */
class BrokenSwitchboard extends MemorySwitchboard {
  override join(): never {
    throw new Error("a secret of the server");
  }
}

test.each(ways)(
  "what the server did not foresee is INTERNAL and reveals nothing more: $name",
  async (way) => {
    const config = await configOf([]);
    const log = new LogBook();
    const switchboard = new BrokenSwitchboard(config, new Timers(systemClock));
    await using server = new Server(config, { logger: log, switchboard });
    const { url } = await server.start();
    const stream = way.open(url, { case: "join", ...joinOf("alice") });
    expect(await stream.inbox.next()).toEqual({ code: "INTERNAL", reason: reasonName(Reason.INTERNAL) });
    expect(log.troubles).toMatchObject([{ fields: { err: { message: "a secret of the server" } } }]);
  },
);
