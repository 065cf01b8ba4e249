// The floor: frames over TCP, passed on by name. Nothing is numbered, kept or checked.
// A frame is its length in 4 bytes, the length of a name in 1, the name, and the payload. The first frame of
// a connection says its own name; later ones name whom they are for.
import { type AddressInfo, createServer, type Socket } from "node:net";
import process from "node:process";
import { FrameReader } from "../clients/frame-reader.ts";

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
    const head = Buffer.allocUnsafe(4 + self.length);
    head.writeUInt32BE(self.length + frame.length - nameEnd, 0);
    self.copy(head, 4);
    to.cork();
    to.write(head);
    to.write(frame.subarray(nameEnd));
    process.nextTick(() => to.uncork());
  });
  socket.on("data", (data) => reader.push(data));
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
