import { once } from "node:events";
import { connect, type IncomingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { ReceiveRequestSchema } from "@parley/contract";
import { envelope } from "./parley-codec.ts";

/**
 * Joins a room over gRPC on a connection of its own, as each peer has one. The stream ends by itself after `Welcome`: it is a
 * poll. Resolves when the connection is closed; rejects if the service refuses.
 *
 * @param from a loopback address: one alone has too few ports for thousands of connections that are still closing
 */
export async function joinOnce(
  url: string,
  from: string,
  room: string,
  accessToken: string | undefined,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const connection = connect(url, {
    createConnection: () => connectSocket({ host: hostname, port: Number(port), localAddress: from }),
  });
  const stream = connection.request({
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
  let status: unknown;
  const note = (headers: IncomingHttpHeaders) => {
    status = headers["grpc-status"] ?? status;
  };
  stream.on("response", note);
  stream.on("trailers", note);
  stream.resume();
  await once(stream, "close");
  const closed = once(connection, "close");
  connection.close();
  await closed;
  if (status !== "0") throw new Error(`a join ended with status ${status}`);
}
