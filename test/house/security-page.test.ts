import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { attacks } from "../abuse/scenarios/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(`${root}docs/security.md`, "utf8");

/** The rows of all tables: their first cell, and what their last one names. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| threat"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map((cells) => ({ threat: cells[1] ?? "", enforcedBy: cells.at(-2) ?? "" }));

const ids = new Set(attacks.map(({ id }) => id));

test("the page has the seven attackers, and rows for each", () => {
  const headings = page.match(/^## An? .*|^## Someone .*/gm) ?? [];
  expect(headings).toHaveLength(8);
  expect(rows.length).toBeGreaterThan(30);
});

test.each(rows)("$threat", ({ enforcedBy }) => {
  if (enforcedBy.startsWith("nothing")) return;
  const named = [...enforcedBy.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  expect(named.length, "tests that enforce it").toBeGreaterThan(0);
  for (const name of named) expect([name, ids.has(name) || existsSync(root + name)]).toEqual([name, true]);
});

test("every attack is in the table", () => {
  const named = rows.map(({ enforcedBy }) => enforcedBy).join();
  expect([...ids].filter((id) => !named.includes(`\`${id}\``))).toEqual([]);
});
