import { Reason, reasonName, reasons } from "@parley/contract";
import { expect, test } from "vitest";
import { joining } from "./reasons/joining.ts";
import { resuming } from "./reasons/resuming.ts";
import { signals } from "./reasons/signals.ts";
import { streams } from "./reasons/streams.ts";
import { scenario } from "./stage/scenario.ts";
import { joinOf } from "./stage/stage.ts";

const cases = { ...streams, ...joining, ...resuming, ...signals };

/** Played elsewhere, or with more than a server in memory. */
const elsewhere: Partial<Record<Reason, string>> = {
  [Reason.UNSPECIFIED]: "is no reason",
  [Reason.SLOW_READER]: "slow-reader.test.ts",
  [Reason.SESSION_OVERFLOWED]: "slow-reader.test.ts",
  [Reason.STORAGE_UNAVAILABLE]: "needs Redis",
  [Reason.INTERNAL]: "internal.test.ts",
  [Reason.ORIGIN_REFUSED]: "honest/wire-errors.test.ts",
  [Reason.METHOD_UNKNOWN]: "honest/wire-errors.test.ts",
  [Reason.ENCODING_UNSUPPORTED]: "honest/wire-errors.test.ts",
  [Reason.HEADER_INVALID]: "honest/wire-errors.test.ts",
  [Reason.DEADLINE_PASSED]: "honest/wire-errors.test.ts",
  [Reason.ACCESS_TOKEN_REQUIRED]: "access.test.ts",
  [Reason.ACCESS_TOKEN_INVALID]: "access.test.ts",
  [Reason.ACCESS_TOKEN_EXPIRED]: "access.test.ts",
  [Reason.ACCESS_DENIED]: "access.test.ts",
  [Reason.ACCESS_TOKEN_REVOKED]: "admin.test.ts",
  [Reason.PEER_REMOVED]: "admin.test.ts",
  [Reason.SESSION_EXPIRED]: "access.test.ts",
  [Reason.KEYS_UNAVAILABLE]: "../access/jwks.test.ts",
  [Reason.ICE_POLICY]: "access.test.ts",
  [Reason.ADMISSION_REFUSED]: "../access/admission-hook.test.ts",
  [Reason.ADMISSION_UNAVAILABLE]: "../access/admission-hook.test.ts",
  [Reason.LOBBY_FULL]: "../access/lobby.test.ts",
  [Reason.LOBBY_TIMEOUT]: "../access/lobby.test.ts",
};

for (const [reason, { play, heard, ...options }] of Object.entries(cases)) {
  scenario(reasonName(Number(reason) as Reason), play, heard, options);
}

scenario(
  "RATE_LIMITED, for the joins of an address",
  async (stage) => {
    await stage.join("alice");
    await stage.enter("bob", { case: "join", ...joinOf("bob") }).end();
  },
  { alice: ["welcome alice"], bob: ["ended RESOURCE_EXHAUSTED RATE_LIMITED"] },
  { flags: ["--limit-loopback", "true", "--address-joins", "1", "--address-join-rate", "1"] },
);

test("every reason of the table is played", () => {
  const played = [...Object.keys(cases), ...Object.keys(elsewhere)].map(Number);
  expect(new Set(played)).toEqual(new Set(Object.keys(reasons).map(Number)));
});
