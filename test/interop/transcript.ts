/** Every line that a peer prints, and who waits for one. */
export class Transcript {
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #watchers = new Set<() => void>();
  #over = false;

  constructor(name: string) {
    this.#name = name;
  }

  push(line: string): void {
    this.lines.push(line);
    this.#wake();
  }

  /** Nothing follows. */
  end(): void {
    this.#over = true;
    this.#wake();
  }

  /** The first line, from the line `from` on, that matches. Rejects with all lines at the deadline or the end. */
  line(pattern: RegExp, { from = 0, deadlineMs = 20_000 } = {}): Promise<string> {
    const find = () => this.lines.slice(from).find((line) => pattern.test(line));
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = find();
        if (line === undefined && !this.#over) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        if (line !== undefined) resolve(line);
        else reject(this.#inVain(pattern, "ended"));
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(this.#inVain(pattern, `did not within ${deadlineMs} ms`));
      }, deadlineMs);
      this.#watchers.add(look);
      look();
    });
  }

  #wake(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #inVain(pattern: RegExp, how: string): Error {
    const printed = this.lines.map((line) => `    ${line}`).join("\n");
    return new Error(`${this.#name} was expected to print ${pattern} and ${how}; it printed:\n${printed}`);
  }
}
