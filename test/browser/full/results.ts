import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { browsersPage, browserVersions, type Row } from "./report.ts";
import { scenarios } from "./scenarios.ts";

const data = fileURLToPath(new URL("../../../docs/browsers.json", import.meta.url));
const page = fileURLToPath(new URL("../../../docs/browsers.md", import.meta.url));

/** Adds what came of one scenario in one order, instead of what was there, and writes the page again. */
export function record(row: Row): void {
  const before: Row[] = existsSync(data) ? JSON.parse(readFileSync(data, "utf8")) : [];
  const others = before.filter(
    ({ scenario, order }) => scenario !== row.scenario || order.join() !== row.order.join(),
  );
  const place = ({ scenario }: Row) => scenarios.findIndex(({ name }) => name === scenario);
  const rows = [...others, row].sort((one, other) => place(one) - place(other));
  writeFileSync(data, `${JSON.stringify(rows, null, 1)}\n`);
  writeFileSync(page, browsersPage(rows, browserVersions()));
}
