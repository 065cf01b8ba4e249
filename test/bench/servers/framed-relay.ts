// What a relay does that promises nothing: frames are passed on by name. Nothing is numbered, kept or checked.
// A frame is its length in 4 bytes, the length of a name in 1, the name, and the payload. The first frame of
// a stream says its own name; later ones name whom they are for.
import process from "node:process";
import type { Duplex } from "node:stream";
import { FrameReader } from "../clients/frame-reader.ts";

export class FramedRelay {
  /** Whether the frames of one turn leave in one write, or each as it comes. */
  readonly #gather: boolean;
  readonly #peers = new Map<string, { write(bytes: Buffer): unknown; cork(): void; uncork(): void }>();

  constructor(gather: boolean) {
    this.#gather = gather;
  }

  /** Serves a peer who sends and receives on one stream. */
  serve(stream: Duplex): void {
    let self: Buffer | undefined;
    const reader = new FrameReader((frame) => {
      if (self !== undefined) return this.relay(self, frame);
      self = nameOf(frame);
      this.add(self, stream);
    });
    stream.on("data", (data: Buffer) => reader.push(data));
    stream.on("error", () => {});
  }

  /** Notes where a peer receives, and confirms it with an empty frame. */
  add(self: Buffer, stream: { write(bytes: Buffer): unknown; cork(): void; uncork(): void }): void {
    this.#peers.set(self.toString("latin1", 1), stream);
    stream.write(Buffer.from([0, 0, 0, 0]));
  }

  /** Passes a frame on to whom it names, with the name of its sender in that place. */
  relay(self: Buffer, frame: Buffer): void {
    const nameEnd = 1 + (frame[0] ?? 0);
    const to = this.#peers.get(frame.toString("latin1", 1, nameEnd));
    if (to === undefined) return;
    const out = Buffer.allocUnsafe(4 + self.length + frame.length - nameEnd);
    out.writeUInt32BE(out.length - 4, 0);
    out.set(self, 4);
    out.set(frame.subarray(nameEnd), 4 + self.length);
    if (this.#gather) {
      to.cork();
      process.nextTick(() => to.uncork());
    }
    to.write(out);
  }
}

/** The name with which a frame begins, its length before it. */
export function nameOf(frame: Buffer): Buffer {
  return frame.subarray(0, 1 + (frame[0] ?? 0));
}
