import type { Socket } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { SignalResponseSchema } from "@parley/contract";
import { createBacklog } from "../../server/src/doors/reading-turns.ts";
import { TcpStream } from "../../server/src/doors/tcp/tcp-stream.ts";
import { parleyError } from "../../server/src/errors/parley-error.ts";
import type { Connection } from "../../server/src/net/connection.ts";
import { noNetLimits } from "../../server/src/net/connection-table.ts";
import { WriteWatch } from "../../server/src/net/write-watch.ts";
import type { SessionContext } from "../../server/src/session/session-context.ts";
import { MessageCutter } from "../bench/clients/message-cutter.ts";
import { tcpPreface } from "../contract/ways/tcp.ts";
import { SocketCall } from "./socket-call.ts";

const closeTimeoutMs = 10_000;
const none = Buffer.alloc(0);

/** One TCP connection without a network. Each message of its client comes in other pieces than the one before. */
export class TcpCall extends SocketCall {
  readonly #cutter = new MessageCutter((message) => this.#received(message));
  /** What the stream has not read. */
  #waiting = none;
  #paused = false;
  #arrived = 0;

  constructor(sessions: SessionContext) {
    super();
    const flusher = { add: (one: { flush(): void }) => one.flush() };
    const writes = new WriteWatch(noNetLimits.unsent, sessions.timers);
    const connection = { unsent: 0, writes, address: "", prove() {}, enter: () => undefined, leave() {} };
    new TcpStream(
      { sessions, flusher, backlog: createBacklog(), closeTimeoutMs, onSettled: () => {} },
      this as unknown as Socket,
      connection as unknown as Connection,
    );
    this.#arrive(tcpPreface);
  }

  // What the stream sees of a socket.

  protected written(bytes: Buffer): void {
    this.#cutter.push(bytes);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  unshift(bytes: Buffer): void {
    this.#waiting = Buffer.concat([bytes, this.#waiting]);
  }

  // What the client does.

  /** The client's message arrives: whole, in two pieces, or byte by byte. */
  arrive(bytes: Uint8Array): void {
    const message = Buffer.from(new BinaryWriter().bytes(bytes).finish());
    const step = [message.byteLength, (message.byteLength >> 1) + 1, 1][this.#arrived++ % 3] ?? 1;
    for (let at = 0; at < message.byteLength; at += step) this.#arrive(message.subarray(at, at + step));
  }

  #arrive(bytes: Buffer): void {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    this.#deliver();
  }

  #deliver(): void {
    while (!this.#paused && !this.ended && this.#waiting.byteLength > 0) {
      const bytes = this.#waiting;
      this.#waiting = none;
      this.emit("data", bytes);
    }
  }

  #received(message: Buffer): void {
    const { body } = fromBinary(SignalResponseSchema, message);
    if (body.case !== "closed") return void this.down.push(Buffer.from(message));
    this.ended = true;
    if (body.value.code !== 0) this.error = parleyError(body.value.reason, body.value.message);
  }
}
