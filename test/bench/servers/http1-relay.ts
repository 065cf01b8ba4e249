// What Node's HTTP/1.1 costs by itself: the relay of frames, by a response that stays and a request for each batch.
// The frames of the first request's body, and the first one of each batch, say who it is.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { FrameReader } from "../clients/frame-reader.ts";
import { FramedRelay, nameOf } from "./framed-relay.ts";

const relay = new FramedRelay(true);
const server = createServer((request, response) => {
  let self: Buffer | undefined;
  const reader = new FrameReader((frame) => {
    if (self !== undefined) return relay.relay(self, frame);
    self = nameOf(frame);
    if (request.url === "/receive") relay.add(self, chunksOf(response));
  });
  request.on("data", (data: Buffer) => reader.push(data));
  request.on("end", () => {
    if (request.url === "/send") response.writeHead(200, { "content-length": "2" }).end("ok", "latin1");
  });
});
/** Writes to a response that stays, a chunk in one write: Node's own four would be no floor. */
function chunksOf(response: ServerResponse) {
  response.flushHeaders();
  const { socket } = response;
  return {
    write: (bytes: Buffer) =>
      socket?.write(
        Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]),
      ),
    cork: () => socket?.cork(),
    uncork: () => socket?.uncork(),
  };
}

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
