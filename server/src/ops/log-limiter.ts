import { type Clock, systemClock } from "../time/clock.ts";
import type { Logger } from "./logger.ts";

/** How many lines alike are written in one window. */
const burst = 10;
/** How long lines alike are counted together, in milliseconds. */
const windowMs = 60_000;
/** How many kinds of line are distinguished at the same time: the text of an error may come from a client. */
const kinds = 256;

type Level = keyof Logger;

interface Kind {
  lines: number;
  suppressed: number;
}

/**
 * Writes lines that are alike (the same level, message and error) ten times a minute at most, and at the end of that
 * minute how many were left out: a client that can make a node log must not be able to fill its disk.
 */
export class LogLimiter implements Logger {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();

  constructor(logger: Logger, clock: Clock = systemClock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  debug = this.#write("debug");
  info = this.#write("info");
  warn = this.#write("warn");
  error = this.#write("error");

  #write(level: Level) {
    return (fields: object, message: string): void => {
      const kind = this.#kindOf(level, fields, message);
      if (++kind.lines > burst) kind.suppressed++;
      else this.#logger[level](fields, message);
    };
  }

  #kindOf(level: Level, fields: object, message: string): Kind {
    const shared = `${level} ${message}`;
    const own = "err" in fields ? `${shared} ${String(fields.err).slice(0, 200)}` : shared;
    const key = this.#kinds.has(own) || this.#kinds.size < kinds ? own : shared;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const kind: Kind = { lines: 0, suppressed: 0 };
    this.#kinds.set(key, kind);
    this.#clock.after(windowMs, () => {
      this.#kinds.delete(key);
      if (kind.suppressed > 0) this.#logger[level]({ suppressed: kind.suppressed }, message);
    });
    return kind;
  }
}
