import { readFileSync, writeFileSync } from "node:fs";
import type { Findings } from "./parts/part.ts";

/** What a part found, and when. All ratios are within a part, and so within a run. */
export interface Result {
  /** By the calendar, in UTC: 2026-11-25. */
  readonly day: string;
  readonly findings: Findings;
}

/** The last results of each part, by its name. They stay when another part is measured again. */
export class Results {
  readonly #file: string;
  readonly #parts: Map<string, Result>;

  private constructor(file: string, parts: Map<string, Result>) {
    this.#file = file;
    this.#parts = parts;
  }

  static read(file: string): Results {
    const parts = JSON.parse(readFileSync(file, "utf8")) as Record<string, Result>;
    return new Results(file, new Map(Object.entries(parts)));
  }

  /** In the order of these names; a part that was never measured is left out. */
  inOrder(names: readonly string[]): Result[] {
    return names.flatMap((name) => this.#parts.get(name) ?? []);
  }

  set(name: string, findings: Findings): void {
    this.#parts.set(name, { day: new Date().toISOString().slice(0, 10), findings });
  }

  write(): void {
    writeFileSync(this.#file, `${JSON.stringify(Object.fromEntries(this.#parts), null, 2)}\n`);
  }
}
