import { findTrailerError, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { BadRequestSchema, ErrorInfoSchema, Reason, RetryInfoSchema } from "@parley/contract";
import { expect, test } from "vitest";
import { parleyError, reasonOfError } from "./parley-error.ts";

test.each([
  [Reason.SESSION_NOT_FOUND, "SESSION_NOT_FOUND", "rejoin"],
  [Reason.HEARTBEAT_TIMEOUT, "HEARTBEAT_TIMEOUT", "resume"],
  [Reason.ROOM_FULL, "ROOM_FULL", "later"],
  [Reason.ROOM_INVALID, "ROOM_INVALID", "never"],
])("an error shows a client without the table of reasons what to do next (%s)", (reason, name, retry) => {
  const error = parleyError(reason, "words", { metadata: { limit: "7" } });
  const [info] = error.findDetails(ErrorInfoSchema);
  expect(info).toMatchObject({ reason: name, domain: "parley.v1", metadata: { limit: "7", retry } });
  expect(reasonOfError(error)).toBe(reason);
});

test("half a surrogate pair in a message becomes U+FFFD, and the error has a status over gRPC", () => {
  const message = "it quotes \ud83d";
  const error = parleyError(Reason.ROOM_INVALID, message, {
    violations: [{ field: "join.room", description: message }],
  });
  const status = setTrailerStatus(new Headers(), error);
  const received = findTrailerError(status);
  expect(received?.rawMessage).toBe("it quotes \ufffd");
  const [bad] = received?.findDetails(BadRequestSchema) ?? [];
  expect(bad?.fieldViolations).toMatchObject([{ field: "join.room", description: "it quotes \ufffd" }]);
});

test("headers repeat what a client needs that cannot decode details", () => {
  const headers = (options: object) =>
    Object.fromEntries(parleyError(Reason.ROOM_FULL, "words", options).metadata);
  expect(headers({})).toEqual({ "parley-reason": "ROOM_FULL", "parley-retry": "later" });
  expect(headers({ retryAfterMs: 1250.5 })).toMatchObject({ "parley-retry-after-ms": "1251" });
});

test("the wait before a retry is given to the millisecond", () => {
  const [info] = parleyError(Reason.ROOM_FULL, "words", { retryAfterMs: 1250 }).findDetails(RetryInfoSchema);
  expect(info?.retryDelay).toMatchObject({ seconds: 1n, nanos: 250_000_000 });
});
