// A socket.io relay: each peer is in a room of its own name, as the documentation of signaling samples does it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });

io.on("connection", (socket) => {
  const self = String(socket.handshake.query["peer"]);
  void socket.join(self);
  socket.on("signal", (message: { to: string; from?: string }) => {
    message.from = self;
    io.to(message.to).emit("signal", message);
  });
});
http.listen(0, "127.0.0.1", () => {
  process.stdout.write(`at http://127.0.0.1:${(http.address() as AddressInfo).port}\n`);
});
