import { expect, test } from "vitest";
import { closeErrorOf } from "./close-error.ts";

test("a normal closure is no error", () => {
  expect(closeErrorOf(1000, "")).toBeUndefined();
});

test("a reason of the service says what to do, and how long to wait", () => {
  expect(closeErrorOf(4008, "RATE_LIMITED later 1201: too often")).toMatchObject({
    reason: "RATE_LIMITED",
    retry: "later",
    retryAfterMs: 1201,
    message: "too often",
  });
});

test("a message that did not fit came before the close frame", () => {
  expect(closeErrorOf(4014, "GOING_AWAY resume", "this node is stopping")).toMatchObject({
    reason: "GOING_AWAY",
    retry: "resume",
    message: "this node is stopping",
  });
});

test("a reason of a later version is not known, but what to do is", () => {
  expect(closeErrorOf(4008, "QUOTA_USED_UP later 5000: come back tomorrow")).toMatchObject({
    reason: "OTHER",
    retry: "later",
    retryAfterMs: 5000,
    message: "QUOTA_USED_UP: come back tomorrow",
  });
});

test.each([
  [1006, ""],
  [1001, "proxy restarts"],
  [1011, ""],
  [4001, ""],
])("a closure with %i and %j, which is none of the service's, is a lost connection", (code, reason) => {
  expect(closeErrorOf(code, reason)).toMatchObject({ reason: "NETWORK", retry: "resume" });
});

test("a frame that the service did not take is not sent again", () => {
  expect(closeErrorOf(1003, "MALFORMED_MESSAGE never: the messages are binary")).toMatchObject({
    reason: "MALFORMED_MESSAGE",
    retry: "never",
  });
});
