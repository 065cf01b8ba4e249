// gRPC, doc/PROTOCOL-HTTP2.md, "Percent-Byte-Encoded": every byte but those from space to tilde, and the percent
// sign itself. A space at either end is encoded too, since HTTP drops it there (RFC 9110 section 5.5).
const encoded = /[^ -$&-~]+|^ | $/gu;

/** The text of an error as the header `grpc-message` carries it: readable in tools that do not decode it. */
export function grpcMessage(text: string): string {
  return text.toWellFormed().replace(encoded, (part) => (part === " " ? "%20" : encodeURIComponent(part)));
}
