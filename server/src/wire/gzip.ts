import { gunzipSync, gzipSync } from "node:zlib";
import type { Compression } from "@connectrpc/connect/protocol";
import { malformed, textOf, tooLarge } from "./wire-error.ts";

/**
 * Messages are small, and their limit is checked first: to wait for the thread pool costs more than to
 * inflate here, and a message behind another one cannot overtake it.
 */
export function inflate(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.byteLength === 0) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") {
      throw tooLarge(limit);
    }
    throw malformed(`not gzip: ${textOf(error)}`);
  }
}

export function deflate(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

/** The encodings that are understood, in the shape that connect's negotiation asks for. */
export const encodings: Compression[] = [
  {
    name: "gzip",
    compress: async (bytes) => new Uint8Array(deflate(bytes)),
    decompress: async (bytes, limit) => new Uint8Array(inflate(bytes, limit)),
  },
];
