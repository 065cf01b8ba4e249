import { Reason, reasonEntry, reasonName } from "@parley/contract";
import { expect, test } from "vitest";
import { isLimit } from "./observer.ts";

test("every reason for which something is exhausted counts as a limit", () => {
  const exhausted = Object.values(Reason).filter(
    (reason) => reasonEntry(reason).code === "RESOURCE_EXHAUSTED",
  );
  expect(exhausted).toContain(Reason.LOBBY_FULL);
  expect(exhausted.filter((reason) => !isLimit(reason)).map(reasonName)).toEqual([]);
});
