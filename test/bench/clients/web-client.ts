import { connect, type Socket } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ReceiveRequestSchema, SendResponseSchema } from "@parley/contract";
import type { BenchClient, ClientOptions, ConnectClient, Kind } from "./bench-client.ts";
import { FrameReader } from "./frame-reader.ts";
import { HttpReader } from "./http-reader.ts";
import { envelope, ParleySession, tag } from "./parley-codec.ts";

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

/**
 * A peer of Parley as a page is one: a `Receive` that stays, and a `Send` at a time beside it, over two
 * connections of HTTP/1.1. What comes while a `Send` is under way goes with the next, as `client-web` does it.
 */
export const connectWeb: ConnectClient = async (options) => {
  const client = new WebClient(options);
  await client.open();
  return client;
};

class WebClient implements BenchClient {
  readonly #options: ClientOptions;
  readonly #session: ParleySession;
  #receive: Socket | undefined;
  #send: Socket | undefined;
  #waiting: Buffer[] = [];
  #sending = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#session = new ParleySession(options.received);
  }

  get unacked(): number {
    return this.#session.unacked.length;
  }

  open(): Promise<void> {
    const { room, peer } = this.#options;
    const { token: sessionToken, lastSeq, ackedSeq } = this.#session;
    const start =
      sessionToken === ""
        ? ({
            case: "join",
            value: { room, peerId: peer, nonce: crypto.getRandomValues(new Uint8Array(16)) },
          } as const)
        : ({ case: "resume", value: { sessionToken, lastSeq, ackedSeq } } as const);
    const body = envelope(
      Buffer.from(toBinary(ReceiveRequestSchema, create(ReceiveRequestSchema, { start }))),
    );
    return new Promise((resolve, reject) => {
      const frames = new FrameReader((bytes) => {
        if (this.#session.take(bytes) === undefined) return;
        this.#sending = false;
        this.#waiting = this.#session.unacked.map(({ bytes: again }) => again);
        this.#flush();
        resolve();
      }, 1);
      const http = new HttpReader({
        data: (data) => frames.push(data),
        end: () => reject(new Error("ended")),
      });
      this.#receive = this.#connect(http, reject);
      this.#receive.write(this.#head("Receive", "application/connect+proto", body.length));
      this.#receive.write(body);
    });
  }

  send(to: string, kind: Kind, texts: readonly string[]): void {
    for (const text of texts) this.#waiting.push(this.#session.encode(to, kind, text));
    this.#flush();
  }

  cut(): void {
    this.#receive?.destroy();
    this.#send?.destroy();
    this.#send = undefined;
    this.#sending = true; // until it is back
  }

  resume(): Promise<void> {
    return this.open();
  }

  #flush(): void {
    if (this.#sending || this.#waiting.length === 0) return;
    this.#sending = true;
    const token = Buffer.from(this.#session.token, "latin1");
    const parts: Buffer[] = [Buffer.from(tag(1, token.length)), token];
    for (const signal of this.#waiting.splice(0)) parts.push(Buffer.from(tag(2, signal.length)), signal);
    const body = Buffer.concat(parts);
    this.#send ??= this.#connect(this.#answers(), () => {});
    this.#send.write(
      Buffer.concat([Buffer.from(this.#head("Send", "application/proto", body.length), "latin1"), body]),
    );
  }

  #answers(): HttpReader {
    let answer: Buffer[] = [];
    return new HttpReader({
      data: (data) => answer.push(Buffer.from(data)),
      end: () => {
        this.#session.acknowledged(fromBinary(SendResponseSchema, Buffer.concat(answer)).ack);
        answer = [];
        this.#sending = false;
        this.#flush();
      },
    });
  }

  #connect(http: HttpReader, failed: (error: Error) => void): Socket {
    const { hostname, port } = new URL(this.#options.url);
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    socket.on("data", (data) => http.push(data));
    socket.on("error", failed);
    socket.on("close", () => {
      if (this.#send === socket) this.#send = undefined;
    });
    return socket;
  }

  #head(method: string, type: string, length: number): string {
    const { host, origin } = new URL(this.#options.url);
    return `POST /parley.v1.SignalingService/${method} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${length}\r\ncontent-type: ${type}\r\nOrigin: ${origin}\r\nReferer: ${origin}/\r\n${browserHeaders}\r\n\r\n`;
  }
}
