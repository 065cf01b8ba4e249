import { test } from "vitest";
import { openMemory } from "./memory-engine.ts";
import { play } from "./play.ts";

test("each acknowledged signal arrives exactly once and in order, or both sides are notified", async () => {
  await play(
    "memory",
    10_000,
    async (mailboxSignals) => openMemory(mailboxSignals),
    (kind) => (kind === "slow" ? 20 : 100),
  );
}, 600_000);
