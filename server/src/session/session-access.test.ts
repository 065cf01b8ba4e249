import { fromBinary } from "@bufbuild/protobuf";
import { Reason, reasonName, SignalResponseSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { openAdmission, type Permission, type Soon } from "../admission/admission.ts";
import { type Grants, openGrants } from "../admission/grants.ts";
import type { Submission } from "../switchboard/batch.ts";
import type { Failure } from "../switchboard/failure.ts";
import { Timers } from "../time/timers.ts";
import { type AccessHolder, SessionAccess } from "./session-access.ts";

/** A session that records what its access does to it. */
class Holder implements AccessHolder {
  readonly events: string[] = [];

  write(response: Uint8Array): void {
    this.events.push(fromBinary(SignalResponseSchema, response).body.case ?? "nothing");
  }

  submit(submission: Submission): void {
    this.events.push(submission.kind === "end" ? `end ${submission.cause}` : submission.kind);
  }

  verifying(): void {
    this.events.push("verifying");
  }

  verified(): void {
    this.events.push("verified");
  }

  end({ reason }: Failure): void {
    this.events.push(`end ${reasonName(reason)}`);
  }
}

const token = { owner: "ada", issuedAt: 0 };
const grantsFor = (clock: FakeClock, ms: number): Grants => ({
  ...openGrants,
  token,
  expiresAt: clock.wallTime() + ms,
});

function stage(refresh: () => Soon<Permission> = () => ({ grants: openGrants })) {
  const clock = new FakeClock();
  const revoked = new Set<string>();
  const errors: unknown[] = [];
  const holder = new Holder();
  const timers = new Timers(clock);
  const access = new SessionAccess(
    {
      timers,
      settings: { tokenWarningMs: 60_000 },
      admission: { ...openAdmission, refresh },
      revocations: {
        refusal: ({ owner }) =>
          revoked.has(owner) ? { reason: Reason.ACCESS_TOKEN_REVOKED, message: "" } : undefined,
      },
      iceServers: { offer: () => ({ servers: [], renewAfterMs: 100_000 }) },
      onError: (error) => errors.push(error),
    },
    holder,
  );
  return { access, clock, errors, events: holder.events, revoked, timers };
}

test("the end of an access token is announced, and then ends the session", () => {
  const { access, clock, events } = stage();
  access.admitted(grantsFor(clock, 200_000), undefined);
  access.watch({ servers: [] });
  clock.advance(139_000);
  expect(events).toEqual([]);
  clock.advance(2000);
  expect(events).toEqual(["tokenExpiring"]);
  clock.advance(60_000);
  expect(events).toEqual(["tokenExpiring", "end expired"]);
});

test("a newer access token replaces the grants and their end", () => {
  const { access, clock, events } = stage();
  access.admitted(grantsFor(clock, 200_000), undefined);
  access.watch({ servers: [] });
  access.refreshed({ ...grantsFor(clock, 1_000_000), update: false });
  expect(access.grants.update).toBe(false);
  clock.advance(900_000);
  expect(events).toEqual([]);
});

test("new ICE servers are sent before the old ones expire, and when the grants change them", () => {
  const { access, clock, events } = stage();
  access.watch({ servers: [], renewAfterMs: 100_000 });
  clock.advance(101_000);
  expect(events).toEqual(["iceServers"]);
  access.refreshed({ ...openGrants, turn: false });
  expect(events).toEqual(["iceServers", "iceServers"]);
});

test("what follows a newer access token waits for the verification", async () => {
  const decision = Promise.withResolvers<Permission>();
  const { access, events } = stage(() => decision.promise);
  access.refresh(7, "token");
  expect(events).toEqual(["verifying"]);
  expect(access.isVerifying).toBe(true);
  decision.resolve({ grants: openGrants });
  await decision.promise;
  expect(access.isVerifying).toBe(false);
  expect(events).toEqual(["verifying", "note", "verified"]);
});

test("a verification that breaks ends the stream, and is reported", async () => {
  const broken = Promise.reject(new Error("broken"));
  const { access, errors, events } = stage(() => broken);
  access.refresh(7, "token");
  await expect.poll(() => errors).toHaveLength(1);
  expect(events).toEqual(["verifying", "end INTERNAL"]);
});

test("the session ends when its token is revoked, and not when another one is", () => {
  const { access, clock, events, revoked } = stage();
  access.admitted(grantsFor(clock, 200_000), undefined);
  revoked.add("ben");
  access.checkRevoked();
  expect(events).toEqual([]);
  revoked.add("ada");
  access.checkRevoked();
  expect(events).toEqual(["end revoked"]);
});

test("a newer token that was revoked on its way from another node ends the session", () => {
  const { access, clock, events, revoked } = stage();
  access.admitted(grantsFor(clock, 200_000), undefined);
  revoked.add("newer");
  access.refreshed({ ...grantsFor(clock, 400_000), token: { owner: "newer", issuedAt: 0 } });
  expect(events).toEqual(["end revoked"]);
});

test("nothing happens after the stream is over", () => {
  const { access, clock, events, timers } = stage();
  access.admitted(grantsFor(clock, 200_000), undefined);
  access.watch({ servers: [], renewAfterMs: 100_000 });
  access.stop();
  expect(timers.pending).toBe(0);
  clock.advance(1_000_000);
  expect(events).toEqual([]);
});
