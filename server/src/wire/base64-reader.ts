import { malformed } from "./wire-error.ts";

/** Groups of four, of which any may be padded: each piece that a client flushes is encoded by itself. */
const groups = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)*$/;
const lastGroup = /^(?:[A-Za-z0-9+/]{2,3})?$/;
const padding = /=+/g;
const whitespace = /[ \t\r\n]+/g;

/** Decodes a body of base64 (RFC 4648 section 4) that comes in pieces of any size, as in grpc-web-text. */
export class Base64Reader {
  /** The characters of a group that is not whole yet. */
  #rest = "";

  /** The next bytes. Throws a WireFault. */
  decode(chunk: Buffer): Uint8Array {
    const text = this.#rest + chunk.toString("latin1").replace(whitespace, "");
    const whole = text.length - (text.length % 4);
    this.#rest = text.slice(whole);
    return bytesOf(text.slice(0, whole), groups);
  }

  /** The bytes of a last group without padding. Throws a WireFault. */
  end(): Uint8Array {
    const rest = this.#rest;
    this.#rest = "";
    return bytesOf(rest, lastGroup);
  }
}

function bytesOf(text: string, rule: RegExp): Uint8Array {
  if (!rule.test(text)) throw malformed("the body is not base64");
  // Node stops at the first padding.
  if (!text.slice(0, -2).includes("=")) return Buffer.from(text, "base64");
  const parts = text.split(padding).map((part) => Buffer.from(part, "base64"));
  return Buffer.concat(parts);
}
