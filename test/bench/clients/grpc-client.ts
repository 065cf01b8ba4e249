import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { BenchClient, ClientOptions, ConnectClient } from "./bench-client.ts";
import { FrameReader } from "./frame-reader.ts";
import { envelope, ParleySession, request } from "./parley-codec.ts";

/** How long an acknowledgement waits for a signal that carries it, in milliseconds: as `client-web` does it. */
const ackDelayMs = 1000;

/** A peer of Parley over gRPC: one HTTP/2 connection, one full-duplex stream. */
export const connectGrpc: ConnectClient = async (options) => {
  const client = new GrpcClient(options);
  await client.open();
  return client;
};

class GrpcClient implements BenchClient {
  readonly #options: ClientOptions;
  readonly #session: ParleySession;
  #connection: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;
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
    const session = this.#session;
    return new Promise((resolve, reject) => {
      const connection = connect(url);
      this.#connection = connection;
      connection.on("error", reject);
      const stream = connection.request({
        ":method": "POST",
        ":path": "/parley.v1.SignalingService/Signal",
        "content-type": "application/grpc",
        te: "trailers",
      });
      this.#stream = stream;
      stream.on("error", reject);
      const reader = new FrameReader((bytes) => {
        if (session.take(bytes) !== undefined) {
          for (const { bytes: again } of session.unacked) stream.write(envelope(again));
          resolve();
        }
        this.#ackLater();
      }, 1);
      stream.on("data", (data: Buffer) => reader.push(data));
      stream.on("trailers", (trailers) => reject(new Error(String(trailers["grpc-message"] ?? "ended"))));
      stream.write(envelope(request({ body: session.start(room, peer) })));
    });
  }

  send(to: string, kind: "offer" | "answer" | "candidate", texts: readonly string[]): void {
    const frames = texts.map((text) => envelope(this.#session.encode(to, kind, text)));
    this.#stream?.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  }

  cut(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#connection?.destroy();
  }

  resume(): Promise<void> {
    return this.open();
  }

  #ackLater(): void {
    this.#ackTimer ??= setTimeout(() => {
      this.#ackTimer = undefined;
      if (this.#session.saidSeq === this.#session.lastSeq || this.#stream?.writable !== true) return;
      this.#stream.write(envelope(this.#session.acknowledgement()));
    }, ackDelayMs);
  }
}
