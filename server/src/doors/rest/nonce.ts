import { WireFault } from "../../wire/wire-error.ts";

/** A string of Structured Fields (RFC 9651, section 3.3.3), or the same without quotes. */
const key = /^(?:"([\x21\x23-\x5b\x5d-\x7e]+)"|([\x21\x23-\x5b\x5d-\x7e]+))$/;

/**
 * The nonce of a join, in base64, by the value of its `Idempotency-Key`: its characters are the bytes. Throws a
 * WireFault.
 */
export function nonceOfKey(value: string): string {
  const [, quoted, bare] = key.exec(value.trim()) ?? [];
  const text = quoted ?? bare;
  if (text === undefined)
    throw new WireFault("header", "Idempotency-Key has characters that are not visible ASCII");
  return Buffer.from(text, "latin1").toString("base64");
}
