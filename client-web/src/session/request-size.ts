import type { SignalRequest } from "@parley/contract/plain";

const utf8 = new TextEncoder();

/** Bytes of the largest number, with its tag. */
const numberBytes = 7;
/** Bytes of the tag and length before a text, bytes or a message. */
const headBytes = 6;

/** The bytes that a request takes at most, whatever its `seq` and `ack` become: a few more than it really takes. */
export function sizeOf({ to, negotiationId, body }: SignalRequest): number {
  const values = [to, negotiationId, ...Object.values(body.value ?? {})];
  return values.reduce((size: number, value) => size + sizeOfValue(value), 3 * numberBytes + headBytes);
}

/** Roughly the bytes of a value in a message, and not less. */
export function sizeOfValue(value: unknown): number {
  if (typeof value === "string") return headBytes + utf8.encode(value).length;
  if (value instanceof Uint8Array) return headBytes + value.length;
  if (typeof value !== "object") return numberBytes;
  return Object.entries(value ?? {}).reduce(
    (size, pair) => size + headBytes + sizeOfValue(pair[0]) + sizeOfValue(pair[1]),
    headBytes,
  );
}
