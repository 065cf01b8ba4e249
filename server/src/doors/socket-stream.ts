import type { Socket } from "node:net";
import type { Connection } from "../net/connection.ts";
import { queuedBytes } from "../net/queued-bytes.ts";
import type { WriteDeadline } from "../net/write-deadline.ts";
import type { WatchedResponse } from "../net/write-watch.ts";
import type { Flushable, Flusher } from "../wire/flusher.ts";
import type { WriteBuffer } from "../wire/write-buffer.ts";

/** How much may wait to be flushed before it is enough, in bytes. */
const gatheredBytes = 65_536;

/**
 * The writing side of a stream that has a socket for itself. All that is queued in one turn of the event loop leaves in
 * one write, and what the client does not take is watched.
 */
export abstract class SocketStream<Queue extends WriteBuffer> implements WatchedResponse, Flushable {
  readonly carrier: Connection;
  counted = 0;
  deadline: WriteDeadline | undefined;
  protected readonly socket: Socket;
  /** What leaves with the next flush. */
  protected readonly queue: Queue;
  readonly #flusher: Pick<Flusher, "add">;
  #scheduled = false;
  #blocked = false;
  #awaitsDrain = false;
  #closed = false;
  #written = 0;

  constructor(socket: Socket, connection: Connection, flusher: Pick<Flusher, "add">, queue: Queue) {
    this.socket = socket;
    this.carrier = connection;
    this.#flusher = flusher;
    this.queue = queue;
  }

  /** It takes more, after `queued` returned false. */
  protected abstract tookMore(): void;

  /** Something was added to the queue. False: no more until `tookMore`. */
  protected queued(): boolean {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#flusher.add(this, 1);
    }
    if (this.queue.bytes >= gatheredBytes) this.#blocked = true;
    return !this.#blocked;
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    const text = this.queue.take();
    if (text === undefined || !this.socket.writable) return;
    this.#written += text.length;
    const more = this.socket.write(text, "latin1");
    const waited = this.#blocked;
    this.#blocked = !more;
    if (!more) this.#awaitDrain();
    else if (waited) this.tookMore();
  }

  /** From now on nothing is written. */
  protected stopWriting(): void {
    this.#closed = true;
    this.queue.drop();
  }

  #awaitDrain(): void {
    this.watch();
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.socket.once("drain", () => this.#drained());
  }

  #drained(): void {
    this.#awaitsDrain = false;
    if (this.#closed || !this.#blocked) return;
    this.#blocked = false;
    this.tookMore();
  }

  // What the watch over unsent bytes asks.

  get waiting(): number {
    return this.socket.destroyed ? 0 : this.socket.writableLength;
  }

  /** Node counts a piece until all of it is gone; how much of it the system has taken, the socket's handle knows. */
  get taken(): number {
    return 2 * this.#written - this.waiting - queuedBytes(this.socket);
  }

  /** Watches what waits for the client, if anything does. */
  protected watch(): void {
    if (this.waiting > 0) this.carrier.writes.watch(this);
  }

  /** The connection is gone. */
  protected forget(): void {
    this.carrier.writes.forget(this);
  }

  abort(): void {
    this.carrier.cut("slowReader", this.socket);
  }
}
