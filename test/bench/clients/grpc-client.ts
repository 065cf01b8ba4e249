import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { Kind } from "./bench-client.ts";
import { FrameReader } from "./frame-reader.ts";
import { connecting, ParleyClient } from "./parley-client.ts";
import { envelope, request } from "./parley-codec.ts";

/** A peer of Parley over gRPC: one HTTP/2 connection, one full-duplex stream. */
class GrpcClient extends ParleyClient {
  #connection: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;

  open(): Promise<void> {
    const { url, room, peer } = this.options;
    const session = this.session;
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
        this.ackLater(this.#acknowledge);
      }, 1);
      stream.on("data", (data: Buffer) => reader.push(data));
      stream.on("trailers", (trailers) => reject(new Error(String(trailers["grpc-message"] ?? "ended"))));
      stream.write(envelope(request({ body: session.start(room, peer) })));
    });
  }

  send(to: string, kind: Kind, texts: readonly string[]): void {
    const frames = texts.map((text) => envelope(this.session.encode(to, kind, text)));
    this.#stream?.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  }

  readonly #acknowledge = (acknowledgement: Buffer): void => {
    if (this.#stream?.writable === true) this.#stream.write(envelope(acknowledgement));
  };

  protected drop(): void {
    this.#connection?.destroy();
  }
}

export const connectGrpc = connecting(GrpcClient);
