import type { Socket } from "node:net";
import type { Timers } from "../time/timers.ts";
import { readProxyHeader } from "./proxy-header.ts";

/**
 * Takes the header of the PROXY protocol off a connection, if it begins with one, and hands on whom it names. The
 * bytes behind it are put back. A malformed header, or none within the time, closes the connection.
 *
 * @param socket whose errors its owner listens to
 */
export function takeProxyHeader(
  socket: Socket,
  timers: Timers,
  timeoutMs: number,
  done: (client: string | undefined) => void,
): void {
  const timer = timers.after(timeoutMs, () => socket.destroy());
  let held = Buffer.alloc(0);
  const refuse = () => socket.destroy();
  const over = () => {
    timers.cancel(timer);
    socket.off("readable", look);
    socket.off("close", over);
    socket.off("end", refuse);
  };
  const look = () => {
    const read: Buffer | null = socket.read();
    if (read === null) return;
    held = Buffer.concat([held, read]);
    const header = readProxyHeader(held);
    if (header.kind === "partial") return;
    over();
    if (header.kind === "malformed") return refuse();
    const rest = header.kind === "header" ? held.subarray(header.bytes) : held;
    if (rest.byteLength > 0) socket.unshift(rest);
    done(header.kind === "header" ? header.address : undefined);
  };
  socket.on("readable", look);
  socket.on("end", refuse);
  socket.on("close", over);
}
