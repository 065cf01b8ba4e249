import { connect, type Socket } from "node:net";
import { HttpReader } from "./http-reader.ts";

/** What a browser says with each request of a page: headers cost a server as much as the signals. */
const browserHeaders = [
  "Connection: keep-alive",
  'sec-ch-ua-platform: "Linux"',
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  'sec-ch-ua: "Chromium";v="156", "Not=A?Brand";v="24"',
  "connect-protocol-version: 1",
  "sec-ch-ua-mobile: ?0",
  "Accept: */*",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: cors",
  "Sec-Fetch-Dest: empty",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-US,en;q=0.9",
].join("\r\n");

export interface HalvesListener {
  /** A piece of the response that stays. */
  data(data: Buffer): void;
  /** The body of the answer to a request that was sent. */
  answer(body: Buffer): void;
  /** The response that stays could not be had, or has ended. */
  failed(error: Error): void;
}

/** The two connections of HTTP/1.1 that a page has: a response that stays, and a request at a time beside it. */
export class Halves {
  readonly #url: URL;
  readonly #listener: HalvesListener;
  #receive: Socket | undefined;
  #send: Socket | undefined;

  constructor(url: string, listener: HalvesListener) {
    this.#url = new URL(url);
    this.#listener = listener;
  }

  /** Makes the request whose response stays. */
  receive(path: string, type: string, body: Buffer): void {
    const { data, failed } = this.#listener;
    const http = new HttpReader({ data, end: () => failed(new Error("ended")) });
    this.#receive = this.#connect(http, failed);
    this.#receive.write(Buffer.concat([this.#head(path, type, body.length), body]));
  }

  /** Makes a request; the one before has been answered. */
  send(path: string, type: string, body: Buffer): void {
    this.#send ??= this.#connect(this.#answers(), () => {});
    this.#send.write(Buffer.concat([this.#head(path, type, body.length), body]));
  }

  cut(): void {
    this.#receive?.destroy();
    this.#send?.destroy();
    this.#send = undefined;
  }

  #answers(): HttpReader {
    let answer: Buffer[] = [];
    return new HttpReader({
      data: (data) => answer.push(Buffer.from(data)),
      end: () => {
        const whole = Buffer.concat(answer);
        answer = [];
        this.#listener.answer(whole);
      },
    });
  }

  #connect(http: HttpReader, failed: (error: Error) => void): Socket {
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    socket.setNoDelay(true);
    socket.on("data", (data) => http.push(data));
    socket.on("error", failed);
    socket.on("close", () => {
      if (this.#send === socket) this.#send = undefined;
    });
    return socket;
  }

  #head(path: string, type: string, length: number): Buffer {
    const { host, origin } = this.#url;
    return Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${length}\r\ncontent-type: ${type}\r\nOrigin: ${origin}\r\nReferer: ${origin}/\r\n${browserHeaders}\r\n\r\n`,
      "latin1",
    );
  }
}
