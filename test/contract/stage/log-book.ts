import type { Logger } from "../../../server/src/ops/logger.ts";

/** Keeps what is logged. */
export class LogBook implements Logger {
  #lines: { level: keyof Logger; fields: object; message: string }[] = [];

  debug = this.#write("debug");
  info = this.#write("info");
  warn = this.#write("warn");
  error = this.#write("error");

  /** The warnings and errors. */
  get troubles(): readonly object[] {
    return this.#lines.filter(({ level }) => level === "warn" || level === "error");
  }

  /** The fields of the line with this message. */
  find(message: string): object | undefined {
    return this.#lines.find((line) => line.message === message)?.fields;
  }

  /** The fields of the lines with this message, which was expected and so is no trouble. */
  take(message: string): object[] {
    const taken = this.#lines.filter((line) => line.message === message);
    this.#lines = this.#lines.filter((line) => line.message !== message);
    return taken.map(({ fields }) => fields);
  }

  #write(level: keyof Logger) {
    return (fields: object, message: string): void => {
      this.#lines.push({ level, fields, message });
    };
  }
}
