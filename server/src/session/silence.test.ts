import { Reason } from "@parley/contract";
import { expect, test } from "vitest";
import { silenceFailure } from "./silence.ts";

test("a stream ends after three heartbeat intervals without a message from a client that sends heartbeats", () => {
  expect(silenceFailure({ unheardMs: 29_999, blockedMs: 0 }, 10_000)).toBeUndefined();
  expect(silenceFailure({ unheardMs: 30_000, blockedMs: 0 }, 10_000)?.reason).toBe(Reason.HEARTBEAT_TIMEOUT);
});

test("a stream ends that is not read for three heartbeat intervals", () => {
  expect(silenceFailure({ unheardMs: 0, blockedMs: 29_999 }, 10_000)).toBeUndefined();
  expect(silenceFailure({ unheardMs: 0, blockedMs: 30_000 }, 10_000)?.reason).toBe(Reason.SLOW_READER);
});
