import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const mostLines = 100;

/** The lines of code: without imports, comments, docstrings and blank lines. */
function codeOf(text: string): string[] {
  return text
    .replaceAll(/^import \([\s\S]*?^\)$/gm, "")
    .replaceAll(/^(import|from)\b[\s\S]*?(;$|"$|[\w)]$)/gm, "")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"""[\s\S]*?"""/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("//") && !line.startsWith("#"));
}

// What a client needs for the promise has to stay this small. More is a sign that the contract or the guide is wrong.
test.each(["go/session.go", "python/session.py", "node/session.ts"])(
  `the session of examples/%s takes at most ${mostLines} lines`,
  (file) => {
    const path = fileURLToPath(new URL(`../../examples/${file}`, import.meta.url));
    const code = codeOf(readFileSync(path, "utf8"));
    expect(code.length).toBeGreaterThan(mostLines / 2);
    expect(code.length, code.join("\n")).toBeLessThanOrEqual(mostLines);
  },
);

test("the device of examples/tcp is one file of at most 150 lines", () => {
  const path = fileURLToPath(new URL("../../examples/tcp/device.c", import.meta.url));
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(75);
  expect(lines.length).toBeLessThanOrEqual(150);
});
