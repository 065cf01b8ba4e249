import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianPackage, findProgram } from "../../scripts/programs.ts";

/**
 * The time of the machine, as one process sees it: this test can set it while the process runs, by libfaketime.
 * The monotonic clock of that process stays that of the machine, as when an operator or NTP steps the time.
 */
export class WallClock implements AsyncDisposable {
  /** The environment in which that process has to be started. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #file: string;

  private constructor(folder: string, library: string) {
    this.#folder = folder;
    this.#file = join(folder, "offset");
    this.environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      // The name that versions before 0.9.9 read.
      DONT_FAKE_MONOTONIC: "1",
    };
  }

  static async open(): Promise<WallClock> {
    const folder = await mkdtemp(join(tmpdir(), "parley-wall-clock-"));
    const clock = new WallClock(folder, libraryOf());
    await clock.set(0);
    return clock;
  }

  /** Sets the time of that process to so many milliseconds after that of the machine. */
  async set(aheadMs: number): Promise<void> {
    // It is read at any moment, so it is replaced in one step.
    const next = `${this.#file}.next`;
    await writeFile(next, `${aheadMs < 0 ? "-" : "+"}${Math.abs(aheadMs) / 1000}`);
    await rename(next, this.#file);
  }

  /** Rejects if a process does not run under this clock. */
  async governs(pid: number): Promise<void> {
    const maps = await readFile(`/proc/${pid}/maps`, "utf8");
    if (!maps.includes("libfaketime")) throw new Error(`the time of process ${pid} cannot be set`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Where the library is: its program loads it into what it starts. */
function libraryOf(): string {
  const program = findProgram("faketime");
  if (program === undefined)
    throw new Error(`faketime is needed; the Debian package is ${debianPackage("faketime")}`);
  return execFileSync(program, ["-f", "+0", "printenv", "LD_PRELOAD"], { encoding: "utf8" }).trim();
}
