import { readFileSync } from "node:fs";
import { Reason, ReasonSchema, reasonEntry, reasonName, reasonOf, reasons, remedyOf } from "@parley/contract";
import { describe, expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const values = ReasonSchema.values
  .filter(({ number }) => number !== Reason.UNSPECIFIED)
  .map(({ number, localName }) => ({ reason: number as Reason, localName }));

describe.each(values)("$localName", ({ reason, localName }) => {
  test("is in the table, and its name leads back to it", () => {
    expect(Object.keys(reasons)).toContain(String(reason));
    expect(reasonName(reason)).toBe(localName);
    expect(reasonOf(localName)).toBe(reason);
  });

  test("is in docs/errors.md with its code, its retry and its remedy", () => {
    const { code, retry } = reasonEntry(reason);
    const row = page.split("\n").find((line) => line.startsWith(`| \`${localName}\``));
    const cells = row?.split("|").map((cell) => cell.trim());
    expect(cells).toEqual(expect.arrayContaining([code, retry, remedyOf(reason)]));
  });
});

test("a reason of a later version is known as unknown", () => {
  expect(reasonOf("OF_A_LATER_VERSION")).toBe(Reason.UNSPECIFIED);
  expect(reasonEntry(9999 as Reason)).toBe(reasonEntry(Reason.UNSPECIFIED));
});
