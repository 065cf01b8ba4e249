import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { check, type Finding } from "./check.ts";
import { type Line, readHistory } from "./line.ts";
import { seededErrors } from "./seeded-errors.ts";

/** The recorded history of a run, on its way into a file, which stays only if there is something to look up in it. */
export class HistoryFile implements AsyncDisposable {
  readonly path: string;
  readonly #stream: WriteStream;
  #keep = false;

  constructor(path: string, start: Extract<Line, { readonly e: "start" }>) {
    this.path = path;
    this.#stream = createWriteStream(path);
    this.write(start);
  }

  write(line: Line): void {
    this.#stream.write(`${JSON.stringify(line)}\n`);
  }

  /** Reads the file back, judges what is in it, and proves that it would find what it has to find in it. */
  async judge(random: () => number): Promise<string[]> {
    await this.#end();
    const history = readHistory(await readFile(this.path, "utf8"));
    const findings = check(history);
    this.#keep = findings.length > 0;
    if (this.#keep) return findings.map(({ fault, text }: Finding) => `${fault}: ${text}`);
    return seededErrors.flatMap(({ fault, make }) => {
      const wrong = make(history, random);
      if (wrong === undefined) return [`no error could be seeded that is to be found as ${fault}`];
      return check(wrong).some((finding) => finding.fault === fault)
        ? []
        : [`a seeded error was not found: ${fault}`];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    if (!this.#keep) await rm(this.path, { force: true });
  }

  async #end(): Promise<void> {
    if (this.#stream.closed) return;
    const closed = once(this.#stream, "close");
    this.#stream.end();
    await closed;
  }
}
