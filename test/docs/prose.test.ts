import { expect, test } from "vitest";
import { proseOf } from "../../scripts/prose/prose-of.ts";
import { rules } from "../../scripts/prose/rules.ts";

/** What the rules find in a file, by line. */
function findingsIn(path: string, source: string): string[] {
  return proseOf(path, source).flatMap(({ line, text }) =>
    rules.flatMap(({ pattern, except }) =>
      except?.test(text) === true
        ? []
        : [...text.matchAll(pattern)].map(([match]) => `${line} ${match.trim()}`),
    ),
  );
}

test("comments, strings of several words and the parts of templates are read", () => {
  const source = [
    "/** Told once. */",
    "const a = 'it begins anew';",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code.
    "const b = `somebody ${of({ x: `for ever ${1} again` })} is whoever`; // There is one",
  ].join("\n");
  expect(findingsIn("a.ts", source)).toEqual([
    "1 Told",
    "2 anew",
    "3 somebody",
    "3 for ever",
    "3 whoever",
    "3 There is",
  ]);
});

test("code is not read, nor what looks like a string in a regular expression", () => {
  const source = [
    "const told = anew / 2;",
    'const key = "told";',
    "const quote = /[\"'`]/.test(whoever); // fine",
    "const done = 1;",
  ].join("\n");
  expect(findingsIn("a.ts", source)).toEqual([]);
  const page = "Write `told` and [here](told.md).\n\n```\nsomebody told\n```\n\nThere are two.";
  expect(findingsIn("a.md", page)).toEqual(["7 There are"]);
});

test("the text of HTML is read, and its tags and scripts are not", () => {
  const source = "<p\n title='told'>Send it to somebody.</p>\n<script>const told = 1;</script>";
  expect(findingsIn("a.html", source)).toEqual(["2 somebody"]);
});

test("comments of other languages are read", () => {
  expect(findingsIn("a.go", "told := 1 // for ever")).toEqual(["1 for ever"]);
  expect(findingsIn("a.py", "told = 1  # somebody")).toEqual(["1 somebody"]);
  expect(findingsIn("a.lua", "local told = 1 -- in place of two")).toEqual(["1 in place of"]);
  expect(findingsIn("a.proto", "// Sent by TLS.\nstring told = 1;")).toEqual(["1 by TLS"]);
  expect(findingsIn("a.yaml", "told: 1 # absent where unset")).toEqual(["1 absent where"]);
});

test.each([
  "Nobody can tell whether it arrived.",
  "Numbers tell two sessions apart.",
  "A proxy that stands in front of it, where a call is cut.",
  "300 calls a second, and a call by its name.",
  "The port is closed by the gRPC client.",
])("a right use passes: %s", (text) => {
  expect(findingsIn("a.md", text)).toEqual([]);
});

test.each([
  ["It costs 3 µs a call.", "3 µs a call"],
  ["It is empty where nothing waits.", "empty where"],
  ["One where there is none.", "where there is"],
  ["- There was a gap.", "There was"],
  ["It works by WebSocket.", "by WebSocket"],
])("a wrong use is found: %s", (text, found) => {
  const [first = ""] = findingsIn("a.md", text);
  expect(found).toContain(first.slice(2).replace(/^- /, ""));
  expect(first).not.toBe("");
});
