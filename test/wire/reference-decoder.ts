import { gunzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";

/** What a body of envelopes is, read at leisure and all at once. */
export interface Decoded {
  readonly messages: Buffer[];
  /** Absent if the body is right to its end. */
  readonly fault: Code | undefined;
}

/** The framing by the book: what the reader under test must find too, however the bytes are cut. */
export function decodeEnvelopes(body: Buffer, limit: number, gzip: boolean): Decoded {
  const messages: Buffer[] = [];
  for (let at = 0; at < body.byteLength; ) {
    if (body.byteLength - at < 5) return { messages, fault: Code.InvalidArgument };
    const flags = body.readUInt8(at);
    const length = body.readUInt32BE(at + 1);
    if (flags > 1) return { messages, fault: Code.InvalidArgument };
    if (length > limit) return { messages, fault: Code.ResourceExhausted };
    const bytes = body.subarray(at + 5, at + 5 + length);
    if (bytes.byteLength < length) return { messages, fault: Code.InvalidArgument };
    if (flags === 1 && !gzip) return { messages, fault: Code.Internal };
    const message = flags === 1 ? decodeGzip(bytes, limit) : bytes;
    if (typeof message === "number") return { messages, fault: message };
    messages.push(message);
    at += 5 + length;
  }
  return { messages, fault: undefined };
}

/** The inflated bytes, or what is wrong with them. */
export function decodeGzip(bytes: Buffer, limit: number): Buffer | Code {
  if (bytes.byteLength === 0) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    return error instanceof RangeError ? Code.ResourceExhausted : Code.InvalidArgument;
  }
}
