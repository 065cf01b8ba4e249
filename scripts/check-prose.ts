/**
 * Looks for words and patterns that make readers stumble (scripts/prose/rules.ts) in the pages, in comments, and in strings
 * of several words: errors, `--help`, logs and the names of tests. Run by `npm run lint`, and so by `npm run check`.
 *
 * What it cannot see: whether a sentence is true, clear, short or idiomatic. It knows words and not what they mean, and looks
 * at one line at a time, so that a pattern that is broken over two lines passes. It does not read attributes of HTML,
 * comments in CSS, and strings in languages other than TypeScript and JavaScript. It does not judge "say", "where", "a call" and the
 * passive in general, because they are right more often than wrong. A page that passes still has to be read by someone to
 * whom it is new.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { proseOf } from "./prose/prose-of.ts";
import { rules } from "./prose/rules.ts";

/** Generated, written by others, or about the words themselves. */
const skipped = [
  /_pb\.ts$/,
  /_plain\.ts$/,
  /^docs\/api\//,
  /^third_party\//,
  /^proto\/(?:google|grpc)\//,
  /\/gen\//,
  /^scripts\/prose\//,
  /^scripts\/check-prose\.ts$/,
  /^test\/docs\/prose\.test\.ts$/,
];

/** Uses that are right although a rule matches: a part of their line. */
const exceptions: readonly string[] = [
  // A place.
  "the program says where it is",
  "stays where it is",
];

function isException(text: string): boolean {
  return exceptions.some((part) => text.includes(part));
}

const { stdout } = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
});
const files = stdout
  .split("\n")
  .filter((file) => file !== "" && !skipped.some((pattern) => pattern.test(file)));
let found = 0;
for (const file of files) {
  for (const { line, text } of proseOf(file, readFileSync(file, "utf8"))) {
    for (const { pattern, instead, except } of rules) {
      for (const [match] of text.matchAll(pattern)) {
        if (except?.test(text) === true || isException(text)) continue;
        console.error(`${file}:${line}: "${match.trim()}": write ${instead}: ${text}`);
        found++;
      }
    }
  }
}
if (found > 0) {
  console.error(`${found} in all. A use that is right goes into the exceptions of scripts/check-prose.ts.`);
  process.exitCode = 1;
}
