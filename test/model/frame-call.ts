import { Reason } from "@parley/contract";
import { createBacklog } from "../../server/src/doors/reading-turns.ts";
import type { FrameSocket } from "../../server/src/doors/websocket/frame-connection.ts";
import { WebSocketStream } from "../../server/src/doors/websocket/websocket-stream.ts";
import { parleyError } from "../../server/src/errors/parley-error.ts";
import { noNetLimits } from "../../server/src/net/connection-table.ts";
import { WriteWatch } from "../../server/src/net/write-watch.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { frame } from "../websocket/client-frame.ts";
import { clientReceiver } from "../websocket/frame-receiver.ts";
import { SocketCall } from "./socket-call.ts";

const [continuation, binary, ping, pong] = [0x0, 0x2, 0x9, 0xa];
const mask = Uint8Array.of(0x0f, 0xf0, 0x55, 0xaa);
const limits = {
  pingIntervalMs: 30_000,
  pingTimeoutMs: 10_000,
  closeTimeoutMs: 10_000,
  fragments: 16,
  pingsPerSecond: 1000,
};

/** Who else hears what the server sends. */
export interface FrameListener {
  message(message: Buffer): void;
  /** The server closes with this code and reason. */
  concluded(code: number, reason: string): void;
}

/** One WebSocket without a network, by the frame. Each message of its client comes in other pieces than the one before. */
export class FrameCall extends SocketCall {
  bytesRead = 0;
  readonly #receiver = clientReceiver();
  /** What the stream has not read. */
  #waiting = Buffer.alloc(0);
  #paused = false;
  #arrived = 0;

  /** @param listener takes all that comes; by default it waits in `down` and `error` until it is read. */
  constructor(sessions: SessionContext, listener?: FrameListener) {
    super();
    this.#receiver.on("message", (data) => (listener ? listener.message(data) : this.down.push(data)));
    this.#receiver.on("ping", (payload) => this.#arrive(frame(pong, payload, { mask })));
    this.#receiver.on("conclude", (code, reason) => {
      this.ended = true;
      if (listener) listener.concluded(code, reason.toString());
      else this.#concluded(code, reason.toString());
    });
    this.#receiver.on("error", (error) => {
      throw error;
    });
    const { timers } = sessions;
    new WebSocketStream(
      {
        sessions,
        limits,
        timers,
        writes: new WriteWatch(noNetLimits.unsent, timers),
        flusher: { add: (one) => one.flush() },
        backlog: createBacklog(),
      },
      {
        socket: this.#socket(),
        connection: { unsent: 0, prove: () => {} },
        caller: { address: "", limitedAs: undefined, enter: () => undefined, leave: () => {} },
        authorization: undefined,
        json: undefined,
        onSettled: () => {},
      },
    );
  }

  get writableNeedDrain(): boolean {
    return this.blocked;
  }

  /** What the stream sees of all this. */
  #socket(): FrameSocket {
    return this as unknown as FrameSocket;
  }

  protected written(bytes: Buffer): void {
    this.#receiver.write(bytes);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  unshift(bytes: Uint8Array): void {
    this.#waiting = Buffer.concat([bytes, this.#waiting]);
  }

  /** The client's message arrives: whole, in fragments with a ping between them, or byte by byte. */
  arrive(bytes: Uint8Array): void {
    const half = bytes.byteLength >> 1;
    switch (this.#arrived++ % 3) {
      case 0:
        return this.#arrive(frame(binary, bytes, { mask }));
      case 1:
        this.#arrive(frame(binary, bytes.subarray(0, half), { final: false, mask }));
        this.#arrive(frame(ping, "between", { mask }));
        return this.#arrive(frame(continuation, bytes.subarray(half), { mask }));
      default:
        for (const byte of frame(binary, bytes, { mask })) this.#arrive(Uint8Array.of(byte));
    }
  }

  #arrive(bytes: Uint8Array): void {
    if (this.ended) return;
    this.bytesRead += bytes.byteLength;
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    this.#deliver();
  }

  #deliver(): void {
    while (!this.#paused && !this.ended && this.#waiting.byteLength > 0) {
      const bytes = this.#waiting;
      this.#waiting = Buffer.alloc(0);
      this.emit("data", bytes);
    }
  }

  #concluded(code: number, reason: string): void {
    if (code === 1000) return;
    const name = /^[A-Z_]+/.exec(reason)?.[0] ?? "";
    const known = Object.entries(Reason).find(([key]) => key === name)?.[1];
    if (typeof known !== "number") throw new Error(`closed with ${code}: ${reason}`);
    this.error = parleyError(known, reason);
  }
}
