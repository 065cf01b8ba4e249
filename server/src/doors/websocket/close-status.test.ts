import { fromBinary } from "@bufbuild/protobuf";
import { Reason, Retry, SignalResponseSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { closeStatusOf } from "./close-status.ts";

test("a stream that ends with OK is closed normally", () => {
  expect(closeStatusOf(undefined)).toEqual({ code: 1000, reason: "" });
});

test("a failure is a code, and a reason that says what to do and how long to wait", () => {
  expect(closeStatusOf({ reason: Reason.RATE_LIMITED, message: "too often", retryAfterMs: 1200.4 })).toEqual({
    code: 4008,
    reason: "RATE_LIMITED later 1201: too often",
  });
});

test("a message that does not fit into a close frame comes before it", () => {
  const message = "é".repeat(60);
  const { code, reason, closed = new Uint8Array(0) } = closeStatusOf({ reason: Reason.GOING_AWAY, message });
  expect({ code, reason }).toEqual({ code: 4014, reason: "GOING_AWAY resume" });
  expect(fromBinary(SignalResponseSchema, closed).body).toMatchObject({
    case: "closed",
    value: { code: 14, reason: Reason.GOING_AWAY, message, retry: Retry.RESUME },
  });
});

test("the field at fault comes before the close frame", () => {
  const { reason, closed = new Uint8Array(0) } = closeStatusOf({
    reason: Reason.ROOM_INVALID,
    message: "no such name",
    field: "join.room",
  });
  expect(reason).toBe("ROOM_INVALID never: no such name");
  expect(fromBinary(SignalResponseSchema, closed).body).toMatchObject({
    case: "closed",
    value: { violations: [{ field: "join.room", description: "no such name" }] },
  });
});

test("no reason of the contract is too long for a close frame", () => {
  for (const reason of Object.values(Reason)) {
    if (typeof reason !== "number") continue;
    const status = closeStatusOf({ reason, message: "m".repeat(200), retryAfterMs: 86_400_000 });
    expect(Buffer.byteLength(status.reason)).toBeLessThanOrEqual(123);
  }
});
