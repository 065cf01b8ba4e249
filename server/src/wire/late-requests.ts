import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { afterReading } from "../time/clock.ts";
import type { Timers } from "../time/timers.ts";

/** A connection whose time is over. */
interface LateConnection {
  /** Whose body is late; undefined if no request has begun. */
  readonly request: IncomingMessage | undefined;
  readonly cut: () => void;
  /** Whether Node watches over the next request of the connection. */
  readonly isWatched: boolean;
}

/** The request that Node's parser reads, by a property of its own. */
interface ParsedSocket extends Socket {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null;
}

/**
 * Connections of HTTP/1.1 that took too long, by Node's own timers. These run before the sockets are read, so what the
 * client has sent in time may still lie there. The verdict stands unless it does.
 */
export class LateRequests {
  readonly #timers: Timers;
  /** How long a request may take for its body, in milliseconds. */
  readonly #bodyMs: number;
  readonly #late = new Map<Socket, LateConnection>();

  constructor(timers: Timers, bodyMs: number) {
    this.#timers = timers;
    this.#bodyMs = bodyMs;
  }

  /** A request is not there in time, or not all of it. Node has stopped to watch over it. */
  judge(socket: ParsedSocket, cut: () => void): void {
    const reading = socket.parser?.incoming ?? undefined;
    this.#add(socket, { request: reading?.complete === false ? reading : undefined, cut, isWatched: false });
  }

  /** A connection without a request has been there too long. */
  judgeIdle(socket: Socket, cut: () => void): void {
    const { bytesRead } = socket;
    // A request that only begins now has as much time as any other.
    const cutIfIdle = () => {
      if (socket.bytesRead === bytesRead) cut();
    };
    this.#add(socket, { request: undefined, cut: cutIfIdle, isWatched: true });
  }

  /** The headers of a request have come. */
  came(request: IncomingMessage): void {
    if (this.#late.size === 0) return;
    const { socket } = request;
    const late = this.#late.get(socket);
    if (late === undefined || !this.#late.delete(socket) || late.isWatched) return;
    this.#timers.after(this.#bodyMs, () => {
      if (!request.complete) late.cut();
    });
  }

  #add(socket: Socket, late: LateConnection): void {
    this.#late.set(socket, late);
    if (this.#late.size === 1) afterReading(this.#cut);
  }

  readonly #cut = (): void => {
    const late = [...this.#late.values()];
    this.#late.clear();
    for (const { request, cut } of late) if (request?.complete !== true) cut();
  };
}
