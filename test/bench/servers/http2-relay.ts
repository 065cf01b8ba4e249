// What Node's HTTP/2 costs by itself: the relay of frames, on a stream for each peer.
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { FramedRelay } from "./framed-relay.ts";

const relay = new FramedRelay(true);
const server = createServer();
server.on("stream", (stream) => {
  stream.respond({ ":status": 200, "content-type": "application/octet-stream" });
  relay.serve(stream);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
