import { createHash } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { contentTypeUnaryJson, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { faultError } from "../../rpc/call-error.ts";
import { WireFault } from "../../wire/wire-error.ts";

/** The version of RFC 6455. */
const version = "13";
/** RFC 6455, section 1.3. */
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** 16 bytes as base64. */
const keyPattern = /^[+/0-9A-Za-z]{22}==$/;

/** Why a request is no handshake of a WebSocket client (RFC 6455, section 4.2.1). */
export interface HandshakeFault {
  readonly status: 400 | 426;
  readonly message: string;
}

/** What is wrong with a request that asks for a WebSocket; undefined if nothing is. */
export function handshakeFault({ headers }: Pick<IncomingMessage, "headers">): HandshakeFault | undefined {
  if (headers["sec-websocket-version"] !== version) {
    return { status: 426, message: `Sec-WebSocket-Version must be ${version}` };
  }
  if (!keyPattern.test(headers["sec-websocket-key"] ?? "")) {
    return { status: 400, message: "Sec-WebSocket-Key must be 16 bytes in base64" };
  }
  // What stands in front could take the first frames for its body.
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0) {
    return { status: 400, message: "a WebSocket request must not have a body" };
  }
  return undefined;
}

/** Accepts a request without a fault. */
export function accept(socket: Socket, { headers }: IncomingMessage, subprotocol: string | undefined): void {
  const key = `${headers["sec-websocket-key"]}${acceptSuffix}`;
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${createHash("sha1").update(key).digest("base64")}`,
  ];
  if (subprotocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** Answers a request with a fault, with a reason as RPCs have one, and ends the connection. */
export function refuse(socket: Socket, { status, message }: HandshakeFault): void {
  const body = Buffer.from(errorToJsonBytes(faultError(new WireFault("header", message)), undefined));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    `Sec-WebSocket-Version: ${version}`,
    `Content-Type: ${contentTypeUnaryJson}`,
    `Content-Length: ${body.byteLength}`,
  ];
  if (status === 426) lines.push("Upgrade: websocket");
  socket.write(`${lines.join("\r\n")}\r\n\r\n${body.toString()}`);
  socket.destroySoon();
}
