import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";

const page = new URL("../../docs/transports.md", import.meta.url);

/** Whether every pair is played, and the page is written: by `npm run doors`, and not with all other tests. */
export const isWhole = process.env["PARLEY_DOORS"] === "whole";

interface Row {
  calls: number;
  sent: number;
  lost: number;
  repeated: number;
  overtaken: number;
}

/** What became of the signals of all calls, by the transports that had a part in them. */
export class Tally {
  readonly #rows = new Map<string, Row>();
  #sides = 0;

  /** One side of a call: what it was sent, and what it heard. */
  side(doors: readonly [string, string], sent: readonly string[], heard: readonly string[]): void {
    this.#sides++;
    const arrived = new Set(heard);
    const places = heard.map((each) => sent.indexOf(each));
    for (const door of new Set(doors)) {
      const row = this.#rows.get(door) ?? { calls: 0, sent: 0, lost: 0, repeated: 0, overtaken: 0 };
      row.calls += 0.5;
      row.sent += sent.length;
      row.lost += sent.filter((each) => !arrived.has(each)).length;
      row.repeated += heard.length - arrived.size;
      row.overtaken += places.filter(
        (place, index) => place < Math.max(-1, ...places.slice(0, index)),
      ).length;
      this.#rows.set(door, row);
    }
  }

  /** Writes the table of docs/transports.md between the comments of this name, if all calls were played to their end. */
  async write(name: "cuts" | "kills", calls: number): Promise<void> {
    if (this.#sides !== 2 * calls) return;
    const [start, end] = [`<!-- doors: ${name} -->`, `<!-- doors: end of ${name} -->`];
    const text = await readFile(page, "utf8");
    const [before, rest] = splitAt(text, start);
    const [, after] = splitAt(rest, end);
    await writeFile(page, `${before}${start}\n\n${this.#table()}\n\n${end}${after}`);
  }

  #table(): string {
    const head = ["transport", "calls", "signals", "lost", "repeated", "out of order"];
    const rows = [...this.#rows].map(([door, { calls, sent, lost, repeated, overtaken }]) =>
      [door, calls, sent, lost, repeated, overtaken].map(String),
    );
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "--:"))), ...rows.map(line)].join(
      "\n",
    );
  }
}

function splitAt(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`docs/transports.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
