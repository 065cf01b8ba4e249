import { isIPv4, isIPv6 } from "node:net";
import { unmapped } from "./ipv6-groups.ts";

/** What the first bytes of a connection are, as far as the PROXY protocol is concerned. */
export type ProxyHeader =
  /** No header. */
  | { readonly kind: "none" }
  /** It may become one: more bytes are needed. */
  | { readonly kind: "partial" }
  /** It began as one and is none. */
  | { readonly kind: "malformed" }
  /** A header of that many bytes; without an address if the proxy speaks for itself, as for its health checks. */
  | { readonly kind: "header"; readonly bytes: number; readonly address: string | undefined };

const signature1 = Buffer.from("PROXY ");
const signature2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
/** The longest header of version 1, by its specification. */
const longest1 = 107;
/** A header of version 2 with so many bytes of extensions is refused. */
const longest2 = 2048;

/** Reads a header of the PROXY protocol, version 1 or 2 (haproxy.org, proxy-protocol.txt). */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsAlike(bytes, signature1)) return bytes.length < signature1.length ? partial : readText(bytes);
  if (beginsAlike(bytes, signature2)) return bytes.length < signature2.length ? partial : readBinary(bytes);
  return { kind: "none" };
}

const partial = { kind: "partial" } as const;
const malformed = { kind: "malformed" } as const;

/** Whether the bytes are the beginning of the signature, or it the beginning of them. */
function beginsAlike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return length > 0 && bytes.compare(signature, 0, length, 0, length) === 0;
}

function readText(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, longest1).indexOf("\r\n");
  if (end < 0) return bytes.length < longest1 ? partial : malformed;
  const [, protocol, source = "", , port = ""] = bytes.toString("latin1", 0, end).split(" ");
  const header = { kind: "header", bytes: end + 2 } as const;
  if (protocol === "UNKNOWN") return { ...header, address: undefined };
  const fits = protocol === "TCP4" ? isIPv4(source) : protocol === "TCP6" && isIPv6(source);
  return fits && /^\d{1,5}$/.test(port) ? { ...header, address: unmapped(source) } : malformed;
}

function readBinary(bytes: Buffer): ProxyHeader {
  if (bytes.length < 16) return partial;
  const versionAndCommand = bytes.readUInt8(12);
  const family = bytes.readUInt8(13) >> 4;
  const length = bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2 || (versionAndCommand & 15) > 1 || length > longest2) return malformed;
  if (bytes.length < 16 + length) return partial;
  const header = { kind: "header", bytes: 16 + length } as const;
  const isLocal = (versionAndCommand & 15) === 0;
  if (!isLocal && family === 1 && length >= 12) {
    return { ...header, address: [...bytes.subarray(16, 20)].join(".") };
  }
  if (!isLocal && family === 2 && length >= 36) {
    const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(16 + 2 * i).toString(16));
    return { ...header, address: unmapped(groups.join(":")) };
  }
  return { ...header, address: undefined };
}
