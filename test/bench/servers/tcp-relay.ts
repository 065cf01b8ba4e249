// The floor: a relay of frames over TCP. Each frame is written as it comes; with --gather those of one read leave
// in one write.
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";
import { FramedRelay } from "./framed-relay.ts";

const relay = new FramedRelay(process.argv.includes("--gather"));
const server = createServer((socket) => {
  socket.setNoDelay(true);
  relay.serve(socket);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
