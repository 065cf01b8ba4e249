import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { ReceiveRequestSchema } from "@parley/contract";
import { envelope } from "./parley-codec.ts";

/** Joins rooms over gRPC, one after another on one connection. Each stream ends by itself after `Welcome`: it is a poll. */
export class JoinClient implements Disposable {
  readonly #connection: ClientHttp2Session;

  constructor(url: string) {
    this.#connection = connect(url);
  }

  /** Resolves when the stream has ended. Rejects if the service refuses. */
  join(room: string, accessToken: string | undefined): Promise<void> {
    const stream = this.#connection.request({
      ":method": "POST",
      ":path": "/parley.v1.SignalingService/Receive",
      "content-type": "application/grpc",
      te: "trailers",
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    });
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    const start = { case: "join", value: { room, peerId: "peer", nonce } } as const;
    stream.end(
      envelope(
        Buffer.from(toBinary(ReceiveRequestSchema, create(ReceiveRequestSchema, { start, poll: true }))),
      ),
    );
    return new Promise((resolve, reject) => {
      let status: unknown;
      const note = (headers: IncomingHttpHeaders) => {
        status = headers["grpc-status"] ?? status;
      };
      stream.on("response", note);
      stream.on("trailers", note);
      stream.on("error", reject);
      stream.on("close", () => {
        if (status === "0") resolve();
        else reject(new Error(`a join ended with status ${status}`));
      });
      stream.resume();
    });
  }

  [Symbol.dispose](): void {
    this.#connection.destroy();
  }
}
