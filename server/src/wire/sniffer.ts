import type { Socket } from "node:net";
import type { Timers } from "../time/timers.ts";

/** Every HTTP/2 connection begins so (RFC 9113, section 3.4), and no method of HTTP/1.1 does. */
const preface = Buffer.from("PRI");

/** Where a connection goes once its first bytes are there. */
export interface SniffedTo {
  http1(socket: Socket): void;
  http2(socket: Socket): void;
  /** Called with the first bytes of what is not HTTP/2, before `http1`. */
  first?(bytes: Buffer): void;
}

/**
 * Waits for the first bytes of a connection and hands it on, with these bytes put back: Node reads what
 * lies in a socket's buffer before it takes the socket over, on either version of HTTP.
 *
 * @param socket whose errors its owner listens to
 * @param timeoutMs after which a connection that says nothing is closed.
 */
export function sniff(socket: Socket, to: SniffedTo, timers: Timers, timeoutMs: number): void {
  const timer = timers.after(timeoutMs, () => socket.destroy());
  // Held here while they do not suffice: what is put back is readable again at once, without end.
  let held: Buffer | undefined;
  const done = () => {
    timers.cancel(timer);
    socket.off("readable", look);
    socket.off("close", done);
    socket.off("end", refuse);
  };
  const refuse = () => socket.destroy();
  const look = () => {
    const read: Buffer | null = socket.read();
    if (read === null) return;
    const bytes = held === undefined ? read : Buffer.concat([held, read]);
    const length = Math.min(bytes.byteLength, preface.byteLength);
    const alike = bytes.compare(preface, 0, length, 0, length) === 0;
    if (alike && length < preface.byteLength) {
      held = bytes;
      return;
    }
    socket.unshift(bytes);
    done();
    if (alike) to.http2(socket);
    else {
      to.first?.(bytes);
      to.http1(socket);
    }
  };
  socket.on("readable", look);
  socket.on("end", refuse);
  socket.on("close", done);
}
