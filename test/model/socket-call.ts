import { EventEmitter } from "node:events";
import type { ConnectError } from "@connectrpc/connect";
import type { ModelCall } from "./model-call.ts";

/** A stream of a model peer over a socket that is not there: what a door sees of the socket, and what its client does. */
export abstract class SocketCall extends EventEmitter implements ModelCall {
  ended = false;
  blocked = false;
  error: ConnectError | undefined;
  readonly down: Uint8Array[] = [];

  // What a door sees of the socket.

  destroyed = false;
  writable = true;
  /** Who does not read is a matter of the session here: the watch over unsent bytes has tests of its own. */
  readonly writableLength = 0;

  write(text: string): boolean {
    this.written(Buffer.from(text, "latin1"));
    return !this.blocked;
  }

  end(): void {
    this.writable = false;
    this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.ended = true;
    this.emit("close");
  }

  /** The door wrote these bytes. */
  protected abstract written(bytes: Buffer): void;

  // What the client does.

  abstract arrive(bytes: Uint8Array): void;

  unblock(): void {
    if (!this.blocked) return;
    this.blocked = false;
    if (!this.ended) this.emit("drain");
  }

  cut(): void {
    this.down.length = 0;
    this.destroy();
  }
}
