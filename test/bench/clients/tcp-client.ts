import { connect, type Socket } from "node:net";
import type { BenchClient, ClientOptions, ConnectClient, Kind } from "./bench-client.ts";
import { MessageCutter } from "./message-cutter.ts";
import { ParleySession, request } from "./parley-codec.ts";

/** How long an acknowledgement waits for a signal that carries it, in milliseconds: as `client-web` does it. */
const ackDelayMs = 1000;
const preface = Buffer.from("\0parley1", "latin1");

/** A peer of Parley over TCP. */
export const connectParleyTcp: ConnectClient = async (options) => {
  const client = new TcpClient(options);
  await client.open();
  return client;
};

class TcpClient implements BenchClient {
  readonly #options: ClientOptions;
  readonly #session: ParleySession;
  #socket: Socket | undefined;
  #ackTimer: NodeJS.Timeout | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#session = new ParleySession(options.received);
  }

  get unacked(): number {
    return this.#session.unacked.length;
  }

  /** Joins, or resumes if it has joined. */
  open(): Promise<void> {
    const { url, room, peer } = this.#options;
    const { hostname, port } = new URL(url);
    const session = this.#session;
    return new Promise((resolve, reject) => {
      const socket = connect({ port: Number(port), host: hostname, noDelay: true });
      this.#socket = socket;
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("closed")));
      const cutter = new MessageCutter((message) => {
        if (session.take(message) !== undefined) {
          if (session.unacked.length > 0) socket.write(framed(session.unacked.map(({ bytes }) => bytes)));
          resolve();
        }
        this.#ackLater();
      });
      socket.on("data", (data: Buffer) => cutter.push(data));
      socket.write(Buffer.concat([preface, framed([request({ body: session.start(room, peer) })])]));
    });
  }

  send(to: string, kind: Kind, texts: readonly string[]): void {
    const messages = texts.map((text) => this.#session.encode(to, kind, text));
    // Without a socket they wait for the next one.
    if (this.#socket?.writable === true) this.#socket.write(framed(messages));
  }

  cut(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#socket?.destroy();
  }

  resume(): Promise<void> {
    return this.open();
  }

  #ackLater(): void {
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = undefined;
      const socket = this.#socket;
      if (this.#session.saidSeq === this.#session.lastSeq || socket?.writable !== true) return;
      socket.write(framed([this.#session.acknowledgement()]));
    }, ackDelayMs);
  }
}

/** Messages, each behind its length as a varint. */
function framed(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [lengthOf(message), message]));
}

function lengthOf({ byteLength }: Buffer): Buffer {
  const bytes: number[] = [];
  for (let rest = byteLength; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
