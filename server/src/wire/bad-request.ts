import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { ConnectError } from "@connectrpc/connect";
import { contentTypeUnaryJson, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { WireFault } from "./wire-error.ts";

/** What Node's parser of HTTP/1.1 found wrong. */
export interface ParserError extends Error {
  readonly code?: string;
}

/**
 * Answers bytes that are no request, as Node does by itself, but with a reason: a client that got a bare 400 would
 * take it for a lost connection, and send the same bytes again.
 */
export function answerBadRequest(
  error: ParserError,
  socket: Duplex,
  errorOf: (fault: WireFault) => ConnectError,
): void {
  if (socket.writable && !isAnswering(socket)) socket.write(answerTo(error, errorOf));
  socket.destroy(error);
}

function answerTo({ code }: ParserError, errorOf: (fault: WireFault) => ConnectError): string {
  // The client may have been slow only: this one it may repeat.
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return headOf(408, "connection: close\r\n\r\n");
  const tooLong = code === "HPE_HEADER_OVERFLOW" || code === "HPE_CHUNK_EXTENSIONS_OVERFLOW";
  const message = tooLong ? "the headers are too long" : "the bytes are no request of HTTP";
  const body = Buffer.from(errorToJsonBytes(errorOf(new WireFault("header", message)), undefined));
  const headers = [
    "connection: close",
    `content-type: ${contentTypeUnaryJson}`,
    `content-length: ${body.byteLength}`,
  ];
  return headOf(tooLong ? 431 : 400, `${headers.join("\r\n")}\r\n\r\n${body.toString()}`);
}

function headOf(status: number, rest: string): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${rest}`;
}

/** Whether a response has begun on this connection, by Node's own mark, which its default handler looks at too. */
function isAnswering(socket: Duplex): boolean {
  if (!("_httpMessage" in socket)) return false;
  const message = socket._httpMessage;
  return (
    typeof message === "object" &&
    message !== null &&
    "headersSent" in message &&
    message.headersSent === true
  );
}
