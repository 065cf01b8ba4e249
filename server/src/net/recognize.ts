import type { Socket } from "node:net";
import type { Timers } from "../time/timers.ts";
import type { ConnectionDoor } from "./connection-door.ts";

/**
 * Waits for the first bytes of a connection, puts them back, and hands over the door whose preface they are; if they
 * are none, the door without a preface. A client that does not say enough in time, or ends its side, is cut off.
 *
 * @param socket whose errors its owner listens to
 * @param timeoutMs for all of the preface, however slowly it comes
 * @param done called with the door and the bytes
 */
export function recognize(
  socket: Socket,
  doors: readonly ConnectionDoor[],
  timers: Timers,
  timeoutMs: number,
  done: (door: ConnectionDoor, bytes: Buffer) => void,
): void {
  const timer = timers.after(timeoutMs, () => socket.destroy());
  // Held here while they do not suffice: what is put back is readable again at once, without end.
  let held: Buffer | undefined;
  const over = () => {
    timers.cancel(timer);
    socket.off("readable", look);
    socket.off("close", over);
    socket.off("end", refuse);
  };
  const refuse = () => socket.destroy();
  const look = () => {
    const read: Buffer | null = socket.read();
    if (read === null) return;
    const bytes = held === undefined ? read : Buffer.concat([held, read]);
    const door = doorOf(bytes, doors);
    if (door === "more") {
      held = bytes;
      return;
    }
    over();
    if (door === undefined) return refuse();
    // Node reads what lies in a socket's buffer before it takes the socket over, on either version of HTTP.
    socket.unshift(bytes);
    done(door, bytes);
  };
  socket.on("readable", look);
  socket.on("end", refuse);
  socket.on("close", over);
}

/** The door for a connection that begins like this; "more" if more bytes are needed. */
function doorOf(bytes: Buffer, doors: readonly ConnectionDoor[]): ConnectionDoor | "more" | undefined {
  let otherwise: ConnectionDoor | "more" | undefined;
  for (const door of doors) {
    const { preface } = door;
    if (preface === undefined) otherwise ??= door;
    else {
      const length = Math.min(bytes.byteLength, preface.byteLength);
      if (bytes.compare(preface, 0, length, 0, length) !== 0) continue;
      if (length === preface.byteLength) return door;
      otherwise = "more";
    }
  }
  return otherwise;
}
