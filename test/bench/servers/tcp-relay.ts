// The floor: frames over TCP, passed on by name. Nothing is numbered, kept or checked.
// A frame is its length in 4 bytes, the length of a name in 1, the name, and the payload. The first frame of
// a connection says its own name; later ones name whom they are for.
// Each frame is written as it comes; with --gather those of one read leave in one write.
import { type AddressInfo, createServer, type Socket } from "node:net";
import process from "node:process";
import { FrameReader } from "../clients/frame-reader.ts";

const gather = process.argv.includes("--gather");
const peers = new Map<string, Socket>();

const server = createServer((socket) => {
  socket.setNoDelay(true);
  let self: Buffer | undefined;
  const reader = new FrameReader((frame) => {
    const nameEnd = 1 + (frame[0] ?? 0);
    const name = frame.toString("latin1", 1, nameEnd);
    if (self === undefined) {
      self = frame.subarray(0, nameEnd);
      peers.set(name, socket);
      socket.write(Buffer.from([0, 0, 0, 0]));
      return;
    }
    const to = peers.get(name);
    if (to === undefined) return;
    const out = Buffer.allocUnsafe(4 + self.length + frame.length - nameEnd);
    out.writeUInt32BE(out.length - 4, 0);
    out.set(self, 4);
    out.set(frame.subarray(nameEnd), 4 + self.length);
    if (gather) {
      to.cork();
      process.nextTick(() => to.uncork());
    }
    to.write(out);
  });
  socket.on("data", (data) => reader.push(data));
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
