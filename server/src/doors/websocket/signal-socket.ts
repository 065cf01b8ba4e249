import { Reason } from "@parley/contract";
import { WebSocket } from "ws";
import { closeReasonOf, closeStatusOf } from "./close-status.ts";

/** Who is behind a socket. */
export interface SocketListener {
  message(bytes: Buffer, isBinary: boolean): void;
  ping(payload: Buffer): void;
  /** The closing handshake begins, from either side: nothing more may be written but the close frame. */
  closing(): void;
  /** The connection is gone. Called once, and last. */
  gone(): void;
}

/** Close codes with which `ws` answers bytes that are no frames (RFC 6455, section 7.4.1). */
const protocolError = 1002;
const invalidText = 1007;
const policyViolation = 1008;
const messageTooBig = 1009;

/** A socket of `ws` whose listeners are shared by all, and whose close codes are those of the contract. */
export class SignalSocket extends WebSocket {
  #listener: SocketListener | undefined;
  #closing = false;

  listen(listener: SocketListener): void {
    this.#listener = listener;
    this.on("message", onMessage);
    this.on("ping", onPing);
    this.on("close", onClose);
    // Reported by "close" as well; without a listener it would end the process.
    this.on("error", ignore);
  }

  /** Also called by `ws` itself: to answer a close frame, and when what came is no frame. */
  override close(code?: number, data?: string | Buffer): void {
    if (this.#closing) return super.close(code, data);
    this.#closing = true;
    this.#listener?.closing();
    const refused = data === undefined && code !== undefined ? statusOf(code) : undefined;
    super.close(refused?.code ?? code, refused?.reason ?? data);
  }

  get listener(): SocketListener | undefined {
    return this.#listener;
  }
}

/** The close status for a client whose bytes `ws` does not take. */
function statusOf(code: number): { readonly code: number; readonly reason: string } | undefined {
  if (code === messageTooBig || code === policyViolation) {
    return closeStatusOf({ reason: Reason.MESSAGE_TOO_LARGE, message: "the message is too long" });
  }
  if (code !== protocolError && code !== invalidText) return undefined;
  const message =
    code === invalidText ? "a text is not UTF-8" : "the bytes are no frame of a WebSocket client";
  return { code, reason: closeReasonOf({ reason: Reason.MALFORMED_MESSAGE, message }) };
}

function listenerOf(webSocket: WebSocket): SocketListener | undefined {
  return webSocket instanceof SignalSocket ? webSocket.listener : undefined;
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  if (data instanceof Buffer) listenerOf(this)?.message(data, isBinary);
}

function onPing(this: WebSocket, payload: Buffer): void {
  listenerOf(this)?.ping(payload);
}

function onClose(this: WebSocket): void {
  listenerOf(this)?.gone();
}

function ignore(): void {}
