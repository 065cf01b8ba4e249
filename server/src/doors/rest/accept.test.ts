import { expect, test } from "vitest";
import { acceptedBy } from "./accept.ts";

test.each([
  [null, "json"],
  ["*/*", "json"],
  ["application/json", "json"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "json"],
  ["text/event-stream", "events"],
  ["application/json, Text/Event-Stream; q=0.5", "events"],
  ["text/event-stream;q=0, */*", "json"],
  ["text/event-stream;q=0", undefined],
  ["text/html", undefined],
  ["", undefined],
])("%s takes %s", (header, accepted) => {
  expect(acceptedBy(header)).toBe(accepted);
});
