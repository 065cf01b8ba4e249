/**
 * Judges recorded histories, and says what may not be in them:
 *
 *     node test/chaos/history/main.ts FILE...
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { check } from "./check.ts";
import { readHistory } from "./line.ts";

for (const file of process.argv.slice(2)) {
  const history = readHistory(await readFile(file, "utf8"));
  const findings = check(history);
  console.log(`${file}: ${history.length} lines, ${findings.length} findings`);
  for (const { fault, text } of findings) console.log(`  ${fault}: ${text}`);
  if (findings.length > 0) process.exitCode = 1;
}
