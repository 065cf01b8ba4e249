import { WebSocket } from "ws";
import type { BenchClient, ClientOptions, ConnectClient, Kind } from "./bench-client.ts";
import { ParleySession, request } from "./parley-codec.ts";

/** How long an acknowledgement waits for a signal that carries it, in milliseconds: as `client-web` does it. */
const ackDelayMs = 1000;

/** A peer of Parley over a WebSocket, by the same library as the peers of the servers beside it. */
export const connectWebSocket: ConnectClient = async (options) => {
  const client = new WebSocketClient(options);
  await client.open();
  return client;
};

class WebSocketClient implements BenchClient {
  readonly #options: ClientOptions;
  readonly #session: ParleySession;
  #socket: WebSocket | undefined;
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
    const { url, room, peer, from } = this.#options;
    const session = this.#session;
    return new Promise((resolve, reject) => {
      const address = `${url.replace("http", "ws")}/v1/signal`;
      const socket = new WebSocket(address, "parley.v1.proto", {
        perMessageDeflate: false,
        ...(from === undefined ? {} : { localAddress: from }),
      });
      this.#socket = socket;
      socket.on("error", reject);
      socket.on("close", (code, reason) => reject(new Error(`closed: ${code} ${reason}`)));
      socket.on("open", () => socket.send(request({ body: session.start(room, peer) })));
      socket.on("message", (data: Buffer) => {
        if (session.take(data) !== undefined) {
          for (const { bytes: again } of session.unacked) socket.send(again);
          resolve();
        }
        this.#ackLater();
      });
    });
  }

  send(to: string, kind: Kind, texts: readonly string[]): void {
    for (const text of texts) {
      const bytes = this.#session.encode(to, kind, text);
      // Without a socket it waits for the next one.
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(bytes);
    }
  }

  cut(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#socket?.terminate();
  }

  resume(): Promise<void> {
    return this.open();
  }

  #ackLater(): void {
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = undefined;
      const socket = this.#socket;
      if (this.#session.saidSeq === this.#session.lastSeq || socket?.readyState !== WebSocket.OPEN) return;
      socket.send(this.#session.acknowledgement());
    }, ackDelayMs);
  }
}
