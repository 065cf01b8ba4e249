/** What comes in a response of HTTP/1.1. */
export interface HttpEvents {
  data(data: Buffer): void;
  end(): void;
}

/** Reads responses of HTTP/1.1 one after another: with a length, or in chunks. Throws if one is not a 200. */
export class HttpReader {
  readonly #events: HttpEvents;
  #rest: Buffer = Buffer.alloc(0);
  #state: "head" | "length" | "size" | "chunk" | "trailer" = "head";
  #left = 0;

  constructor(events: HttpEvents) {
    this.#events = events;
  }

  push(data: Buffer): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    while (this.#step());
  }

  /** Takes one part of what is there; false where more must come first. */
  #step(): boolean {
    switch (this.#state) {
      case "head":
        return this.#head();
      case "size":
        return this.#size();
      case "trailer":
        return this.#line((line) => {
          if (line !== "") return;
          this.#state = "head";
          this.#events.end();
        });
      case "length":
      case "chunk":
        return this.#body();
    }
  }

  #head(): boolean {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = this.#rest.toString("latin1", 0, end);
    this.#rest = this.#rest.subarray(end + 4);
    if (!head.startsWith("HTTP/1.1 200")) throw new Error(`${head}\n${this.#rest.toString()}`);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    this.#state = length === undefined ? "size" : "length";
    this.#left = Number(length ?? 0);
    if (length === "0") {
      this.#state = "head";
      this.#events.end();
    }
    return true;
  }

  #size(): boolean {
    return this.#line((line) => {
      if (line === "") return; // the end of the chunk before
      this.#left = Number.parseInt(line, 16);
      this.#state = this.#left === 0 ? "trailer" : "chunk";
    });
  }

  #line(take: (line: string) => void): boolean {
    const end = this.#rest.indexOf("\r\n");
    if (end < 0) return false;
    const line = this.#rest.toString("latin1", 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    take(line);
    return true;
  }

  #body(): boolean {
    if (this.#rest.length === 0) return false;
    const part = this.#rest.subarray(0, this.#left);
    this.#rest = this.#rest.subarray(part.length);
    this.#left -= part.length;
    const done = this.#left === 0;
    const whole = this.#state === "length";
    if (done) this.#state = whole ? "head" : "size";
    this.#events.data(part);
    if (done && whole) this.#events.end();
    return true;
  }
}
