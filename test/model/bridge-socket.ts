import { EventEmitter } from "node:events";
import { WebSocket } from "ws";
import type { StreamSocket } from "../../server/src/bridges/mqtt/service-stream.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { FrameCall } from "./frame-call.ts";

/** The code of a WebSocket whose connection broke (RFC 6455, section 7.1.5). */
const brokenCode = 1006;

/** A WebSocket between the bridge and the service without a network. It is open at once. */
export class BridgeSocket extends EventEmitter {
  readonly readyState = WebSocket.OPEN;
  readonly #call: FrameCall;
  #closed = false;

  constructor(sessions: SessionContext) {
    super();
    this.#call = new FrameCall(sessions, {
      message: (message) => this.emit("message", message),
      concluded: (code, reason) => this.#close(code, reason),
    });
    this.#call.on("close", () => this.#close(brokenCode, ""));
  }

  /** As the bridge sees it. */
  static open(sessions: SessionContext): StreamSocket {
    return new BridgeSocket(sessions) as unknown as StreamSocket;
  }

  send(message: Buffer, _options: object, sent: () => void): void {
    this.#call.arrive(message);
    sent();
  }

  pause(): void {
    this.#call.blocked = true;
  }

  resume(): void {
    this.#call.unblock();
  }

  terminate(): void {
    this.#call.cut();
  }

  #close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.emit("close", code, Buffer.from(reason));
  }
}
