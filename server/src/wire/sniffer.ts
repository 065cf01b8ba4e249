import type { Socket } from "node:net";
import type { Timers } from "../time/timers.ts";

/** Every HTTP/2 connection begins so (RFC 9113, section 3.4), and no method of HTTP/1.1 does. */
const preface = Buffer.from("PRI");

/** Where a connection goes once its first bytes are there. */
export interface SniffedTo {
  http1(socket: Socket): void;
  http2(socket: Socket): void;
}

/**
 * Waits for the first bytes of a connection and hands it on, with these bytes put back: Node reads what
 * lies in a socket's buffer before it takes the socket over, on either version of HTTP.
 *
 * @param timeoutMs after which a connection that says nothing is closed.
 */
export function sniff(socket: Socket, to: SniffedTo, timers: Timers, timeoutMs: number): void {
  const timer = timers.after(timeoutMs, () => socket.destroy());
  const done = () => {
    timers.cancel(timer);
    socket.off("readable", look);
    socket.off("close", done);
    socket.off("end", refuse);
  };
  const refuse = () => socket.destroy();
  const look = () => {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) return;
    socket.unshift(bytes);
    const length = Math.min(bytes.byteLength, preface.byteLength);
    const alike = bytes.compare(preface, 0, length, 0, length) === 0;
    if (alike && length < preface.byteLength) return;
    done();
    socket.off("error", ignore);
    if (alike) to.http2(socket);
    else to.http1(socket);
  };
  socket.on("readable", look);
  socket.on("end", refuse);
  socket.on("close", done);
  // Told by "close" as well; without a listener it would end the process.
  socket.on("error", ignore);
}

function ignore(): void {}
