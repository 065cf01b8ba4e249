import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { browsersPage, browserVersions, type Row } from "./report.ts";
import { scenarios } from "./scenarios.ts";
import type { SetUpTimes } from "./set-up-times.ts";

const inDocs = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));
const data = inDocs("browsers.json");
const setUpData = inDocs("browsers-set-up.json");

/** Adds what came of one scenario in one order, instead of what was there, and writes the page again. */
export function record(row: Row): void {
  const others = read<Row>(data).filter(
    ({ scenario, order }) => scenario !== row.scenario || order.join() !== row.order.join(),
  );
  const place = ({ scenario }: Row) => scenarios.findIndex(({ name }) => name === scenario);
  const rows = [...others, row].sort((one, other) => place(one) - place(other));
  writeFileSync(data, `${JSON.stringify(rows, null, 1)}\n`);
  writePage();
}

/** The same for how long it takes to set up a call. */
export function recordSetUp(times: SetUpTimes): void {
  const others = read<SetUpTimes>(setUpData).filter(({ order }) => order.join() !== times.order.join());
  writeFileSync(setUpData, `${JSON.stringify([...others, times], null, 1)}\n`);
  writePage();
}

function writePage(): void {
  const text = browsersPage(read<Row>(data), read<SetUpTimes>(setUpData), browserVersions());
  writeFileSync(inDocs("browsers.md"), text);
}

function read<Entry>(file: string): Entry[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}
