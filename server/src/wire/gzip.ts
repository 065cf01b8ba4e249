import { constants, gunzip, gunzipSync, gzipSync } from "node:zlib";
import type { Compression } from "@connectrpc/connect/protocol";
import { malformed, textOf, tooLarge, type WireFault } from "./wire-error.ts";

/**
 * What a message inflates to, or undefined if that is more than `limit`. Most messages are short: to wait for the
 * thread pool costs more than to inflate them here.
 */
export function inflateShort(bytes: Uint8Array, limit: number): Uint8Array | undefined {
  if (bytes.byteLength === 0) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw malformed(`not gzip: ${textOf(error)}`);
  }
}

/** How long a message says that it is once inflated (RFC 1952, section 2.3.1): a hint, not to be believed. */
export function inflatedBytes(bytes: Uint8Array): number {
  const at = bytes.byteLength - 4;
  if (at < 0) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
}

/** What the first bytes inflate to, `limit` bytes of it at most. */
export function inflateHead(bytes: Uint8Array, limit: number): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: limit * densest };
  try {
    return gunzipSync(bytes.subarray(0, headInput), options).subarray(0, limit);
  } catch (error) {
    if (isTooLarge(error)) throw malformed("it is compressed too densely to be a request");
    throw malformed(`not gzip: ${textOf(error)}`);
  }
}

/** Enough compressed bytes for a session token and what stands before it. */
const headInput = 512;
/** So many times the limit the first bytes may inflate to: a long SDP repeats itself, but not 250 times. */
const densest = 8;

/** Inflates on another thread what would keep this one for milliseconds. */
export function inflateLater(
  bytes: Uint8Array,
  limit: number,
  done: (outcome: Uint8Array | WireFault) => void,
): void {
  gunzip(bytes, { maxOutputLength: limit }, (error, message) => {
    if (error === null) done(message);
    else done(isTooLarge(error) ? tooLarge(limit) : malformed(`not gzip: ${textOf(error)}`));
  });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}

export function deflate(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

/** The encodings that are understood, in the shape that connect's negotiation asks for. */
export const encodings: Compression[] = [
  {
    name: "gzip",
    compress: async (bytes) => new Uint8Array(deflate(bytes)),
    // Only the names are used: the wire inflates by itself.
    decompress: async (bytes, limit) => new Uint8Array(gunzipSync(bytes, { maxOutputLength: limit })),
  },
];
