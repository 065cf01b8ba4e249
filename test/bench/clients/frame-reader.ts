/** Cuts a stream of bytes into frames, each with its length in 4 bytes before it. */
export class FrameReader {
  #rest: Buffer | undefined;
  readonly #frame: (frame: Buffer) => void;
  readonly #skip: number;

  /** @param skip the bytes that stand before each length, such as the flags of gRPC. */
  constructor(frame: (frame: Buffer) => void, skip = 0) {
    this.#frame = frame;
    this.#skip = skip;
  }

  push(data: Buffer): void {
    const head = this.#skip + 4;
    const bytes = this.#rest === undefined ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    while (bytes.length - at >= head) {
      const end = at + head + bytes.readUInt32BE(at + this.#skip);
      if (end > bytes.length) break;
      this.#frame(bytes.subarray(at + head, end));
      at = end;
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
  }
}
