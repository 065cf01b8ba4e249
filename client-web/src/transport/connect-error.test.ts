import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { connectErrorOf } from "./connect-error.ts";

function serverError(code: Code, reason: string, domain = "parley.v1", metadata = {}): ConnectError {
  return new ConnectError("no", code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain, metadata } },
    { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n, nanos: 500_000_000 } } },
  ]);
}

test("an error of the service says its reason, and what to do", () => {
  const error = connectErrorOf(serverError(Code.AlreadyExists, "PEER_ID_TAKEN"));
  expect(error).toMatchObject({
    reason: "PEER_ID_TAKEN",
    retry: "later",
    retryAfterMs: 1500,
  });
  expect(error.shouldRetry()).toBe(true);
});

test("a reason of a later version is named in the message, and handled as its metadata ask", () => {
  const refused = connectErrorOf(serverError(Code.PermissionDenied, "NOT_INVITED"));
  expect(refused).toMatchObject({
    reason: "OTHER",
    message: "NOT_INVITED: no",
    retry: "never",
  });
  const waxing = connectErrorOf(serverError(Code.Unavailable, "MOON_PHASE", "parley.v1", { retry: "later" }));
  expect(waxing).toMatchObject({ reason: "OTHER", retry: "later" });
});

test("an answer of something that is not the service says its status", () => {
  expect(connectErrorOf(new ConnectError("HTTP 404", Code.Unimplemented))).toMatchObject({
    reason: "UNIMPLEMENTED",
    message: "HTTP 404, from something that is not the service: check the url",
    retry: "never",
  });
  expect(connectErrorOf(serverError(Code.Unauthenticated, "WHATEVER", "another.domain"))).toMatchObject({
    reason: "UNAUTHENTICATED",
  });
  expect(connectErrorOf(new ConnectError("HTTP 502", Code.Unavailable))).toMatchObject({
    reason: "NETWORK",
    retry: "resume",
  });
});

test("a broken connection is an error of the network", () => {
  const error = connectErrorOf(new TypeError("fetch failed"));
  expect(error).toMatchObject({ reason: "NETWORK", retry: "resume", message: "fetch failed" });
  expect(error.cause).toBeInstanceOf(TypeError);
});
