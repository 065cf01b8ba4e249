import type { Socket } from "node:net";
import type { Connection } from "../../net/connection.ts";
import type { ConnectionDoor } from "../../net/connection-door.ts";
import type { SessionContext } from "../../session/session-context.ts";
import { Flusher } from "../../wire/flusher.ts";
import { createBacklog } from "../reading-turns.ts";
import { preface } from "./message-reader.ts";
import { type StreamContext, TcpStream } from "./tcp-stream.ts";

export interface TcpDoorOptions {
  readonly sessions: SessionContext;
  /** How long a client may take to close a connection that has ended, in milliseconds. Default 10 s. */
  readonly closeTimeoutMs?: number;
}

/** `Signal` over TCP alone: for devices that have no HTTP/2. */
export class TcpDoor implements ConnectionDoor {
  readonly alpn = "parley/1";
  readonly preface = preface;
  readonly #context: StreamContext;
  /** The streams without a session. */
  readonly #unsettled = new Set<TcpStream>();

  constructor({ sessions, closeTimeoutMs = 10_000 }: TcpDoorOptions) {
    const onSettled = (stream: TcpStream) => void this.#unsettled.delete(stream);
    this.#context = { sessions, flusher: new Flusher(), backlog: createBacklog(), closeTimeoutMs, onSettled };
  }

  open(socket: Socket, connection: Connection): void {
    socket.allowHalfOpen = false;
    this.#unsettled.add(new TcpStream(this.#context, socket, connection));
  }

  /** The sessions ask their clients to move (`GoAway`). */
  drain(): void {}

  close(): void {
    for (const stream of [...this.#unsettled]) stream.goAway();
  }
}
