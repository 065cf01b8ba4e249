/** Cuts a stream of bytes into messages, each with its length as a varint before it. */
export class MessageCutter {
  #rest: Buffer | undefined;
  readonly #message: (message: Buffer) => void;

  constructor(message: (message: Buffer) => void) {
    this.#message = message;
  }

  push(data: Buffer): void {
    const bytes = this.#rest === undefined ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    for (;;) {
      let start = at;
      let length = 0;
      for (let shift = 0; start < bytes.length; shift += 7) {
        const byte = bytes[start++] ?? 0;
        length += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) break;
      }
      const isWhole = start > at && (bytes[start - 1] ?? 0x80) < 0x80;
      if (!isWhole || start + length > bytes.length) break;
      at = start + length;
      this.#message(bytes.subarray(start, at));
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
  }
}
