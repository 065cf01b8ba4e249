import { readdirSync, readFileSync } from "node:fs";
import { LeaveReason } from "@parley/contract";
import { expect, test } from "vitest";
import {
  endingLetters,
  endings,
  entryMarks,
  luaEndings,
  noticeLetters,
  rosterLetters,
  submissionLetters,
} from "./script-messages.ts";

const folder = new URL("./scripts/", import.meta.url);
const scripts = readdirSync(folder)
  .map((file) => readFileSync(new URL(file, folder), "utf8"))
  .join("\n");

/** What the scripts have at these places, each once. */
function found(...places: readonly RegExp[]): string[] {
  const all = places.flatMap((place) => [...scripts.matchAll(place)].map(([, letter = ""]) => letter));
  return [...new Set(all)].sort();
}

test("the scripts publish the notices that a node reads", () => {
  const { probe, held, ...published } = noticeLetters;
  expect(
    found(
      /\bpublish\(\w+, '(.)'/g,
      /\{ '(.)', s\.address/g,
      /= '(.)' \.\. s\.address/g,
      /local message = '(.)'/g,
    ),
  ).toEqual(Object.values(published).sort());
});

test("the letters of the notices differ", () => {
  expect(new Set(Object.values(noticeLetters)).size).toBe(Object.keys(noticeLetters).length);
});

test("the script takes the submissions that a node sends", () => {
  const { leave, ...compared } = submissionLetters;
  expect(found(/\bkind [~=]= '(.)'/g)).toEqual(Object.values(compared).sort());
  // A leave is what remains.
  expect(found(/^-- {3}(\w) {3}/gm)).toEqual([...Object.values(compared), leave].sort());
});

test("the scripts announce the roster steps that a node reads", () => {
  expect(found(/\bannounce\([\w.]+, '(.)'/g)).toEqual(Object.values(rosterLetters).sort());
});

test("the scripts mark entries as a node reads them", () => {
  expect(found(/\bpost\(sender, '(.)'/g, /local mark = '(.)/g)).toEqual(Object.values(entryMarks).sort());
});

test("sessions end in a way that is in the table, for a reason that the contract has", () => {
  const letters = found(/\bendSession\(\w+, '\w+', '(.)'\)/g);
  const leaves = found(/\bendSession\(\w+, '(\w+)'/g);
  expect([...letters, ...Object.values(endingLetters)].sort()).toEqual(Object.keys(endings).sort());
  for (const letter of Object.values(endingLetters)) expect(endings[letter]).toBeDefined();
  expect(leaves).not.toEqual([]);
  for (const leave of leaves) expect(Object.keys(LeaveReason)).toContain(leave);
});

test("the endings are a table of Lua", () => {
  expect(luaEndings()).toContain(
    "['L'] = { reason = 'SESSION_LOST', message = 'the storage lost part of this session' },",
  );
  expect(luaEndings()).toContain("['-'] = {  },");
});
