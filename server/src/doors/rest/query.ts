import { malformed } from "../../wire/wire-error.ts";

const largestUint32 = 2 ** 32 - 1;
const digits = /^\d{1,10}$/;
const seconds = /^\d{1,6}(?:\.\d{1,3})?$/;

/** The parameters of a request. Those that no resource knows are passed over, as unknown fields are. */
export class Query {
  readonly #parameters: URLSearchParams;

  constructor(text: string) {
    this.#parameters = new URLSearchParams(text);
  }

  /** A uint32, 0 if it is absent. Throws a WireFault. */
  uint32(name: string): number {
    return readUint32(name, this.#one(name) ?? "0");
  }

  /** Seconds in milliseconds; undefined if it is absent. Throws a WireFault. */
  seconds(name: string): number | undefined {
    const text = this.#one(name);
    if (text === undefined) return undefined;
    if (!seconds.test(text)) throw malformed(`${name} must be a number of seconds`);
    return Number(text) * 1000;
  }

  #one(name: string): string | undefined {
    const [value, second] = this.#parameters.getAll(name);
    if (second !== undefined) throw malformed(`${name} is given twice`);
    return value;
  }
}

/** A uint32 in decimal digits. Throws a WireFault. */
export function readUint32(name: string, text: string): number {
  const value = digits.test(text) ? Number(text) : Number.NaN;
  if (!(value <= largestUint32)) throw malformed(`${name} must be a number from 0 to ${largestUint32}`);
  return value;
}
