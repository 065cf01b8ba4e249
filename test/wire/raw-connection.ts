import type { Socket } from "node:net";
import { type Frame, FrameFlag, FrameType, frame, framesOf, preface } from "./http2-frames.ts";

/** One TCP connection by hand, and all that came back on it. */
export class RawConnection {
  readonly socket: Socket;
  /** Resolves when the connection is gone, however it ended. */
  readonly closed: Promise<void>;
  #bytes: Buffer[] = [];
  #ended = false;
  #asked = 0;
  #heard: (() => void)[] = [];

  /** @param reads whether it takes what the server sends. */
  constructor(socket: Socket, reads = true) {
    this.socket = socket;
    socket.removeAllListeners("error");
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#ended = true;
        this.#wake();
        resolve();
      });
    });
    if (reads) {
      socket.on("data", (chunk: Buffer) => {
        this.#bytes.push(chunk);
        this.#wake();
      });
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#bytes);
  }

  get frames(): Frame[] {
    return framesOf(this.bytes);
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  /** Begins HTTP/2. */
  greet(): void {
    this.socket.write(Buffer.concat([preface, frame(FrameType.settings, 0, 0)]));
  }

  /** Writes as fast as the server takes it, until it closes the connection; how many were written. */
  async flood(pieces: Iterable<Buffer>): Promise<number> {
    let written = 0;
    for (const piece of pieces) {
      if (this.#ended) break;
      written++;
      if (!this.socket.write(piece)) await this.#drained();
    }
    return written;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once("drain", resolve);
      void this.closed.then(resolve);
    });
  }

  /** Resolves with the first of these frames; rejects where the connection ends without it. */
  async frame(matches: (frame: Frame) => boolean): Promise<Frame> {
    let found: Frame | undefined;
    await this.until((bytes) => {
      found = framesOf(bytes).find(matches);
      return found !== undefined;
    });
    if (found === undefined) throw new Error("no such frame");
    return found;
  }

  /** Resolves once what has come is enough; rejects where the connection ends before. */
  async until(isEnough: (bytes: Buffer) => boolean): Promise<void> {
    while (!isEnough(this.bytes)) {
      if (this.#ended) throw new Error("the connection ended too soon");
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  /** Asks for a PING's answer: when it comes, the server has read all that was written before. */
  async roundTrip(): Promise<void> {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(++this.#asked);
    this.socket.write(frame(FrameType.ping, 0, 0, payload));
    await this.frame(
      ({ type, flags, payload: got }) =>
        type === FrameType.ping && flags === FrameFlag.ack && got.equals(payload),
    );
  }

  #wake(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const resolve of heard) resolve();
  }
}
