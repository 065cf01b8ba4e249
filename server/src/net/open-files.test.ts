import { expect, test } from "vitest";
import { connectionsFor, openFilesLimit } from "./open-files.ts";

test.each([
  [512, 448],
  [1024, 960],
  [20_000, 19_000],
  [20, 16],
  [undefined, 10_000],
])("with %s open files there may be %s connections", (openFiles, connections) => {
  expect(connectionsFor(openFiles)).toBe(connections);
});

test("the limit is that of this process, or unknown", () => {
  expect(openFilesLimit()).toBeGreaterThan(16);
  expect(openFilesLimit("/proc/self/nothing")).toBeUndefined();
});
