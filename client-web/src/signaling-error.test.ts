import { create } from "@bufbuild/protobuf";
import { Reason, RejectedSchema, Retry } from "@parley/contract";
import { expect, test } from "vitest";
import { clientError, errorOf, rejectionError } from "./signaling-error.ts";

test("what is thrown on the way is an error of the network, with its cause", () => {
  const cause = new TypeError("fetch failed");
  const error = errorOf(cause);
  expect(error).toMatchObject({ reason: "NETWORK", retry: "resume", message: "fetch failed", cause });
  expect(errorOf(error)).toBe(error);
  expect(errorOf("gone")).toMatchObject({ reason: "NETWORK", message: "gone" });
});

test("a rejection says when the signal may be sent again", () => {
  const rejected = create(RejectedSchema, {
    seq: 4,
    reason: Reason.MAILBOX_FULL,
    message: "full",
    retry: Retry.LATER,
    retryAfter: { seconds: 2n },
  });
  expect(rejectionError(rejected)).toMatchObject({
    reason: "MAILBOX_FULL",
    retry: "later",
    retryAfterMs: 2000,
    message: "full",
  });
});

test("what the caller ended is not to be tried again", () => {
  expect(clientError("ABORTED", "enough").shouldRetry()).toBe(false);
});

test("what to do about a rejection is what the rejection asks for", () => {
  const rejected = create(RejectedSchema, {
    seq: 1,
    reason: 999 as Reason,
    message: "moon",
    retry: Retry.LATER,
  });
  expect(rejectionError(rejected)).toMatchObject({ reason: "OTHER", message: "999: moon", retry: "later" });
});
