// What many projects begin with: JSON over WebSocket, parsed and passed on by name.
import process from "node:process";
import { type WebSocket, WebSocketServer } from "ws";

const peers = new Map<string, WebSocket>();
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });

server.on("connection", (socket) => {
  let self = "";
  socket.on("message", (data) => {
    const message = JSON.parse(String(data)) as { join?: string; to?: string; from?: string };
    if (message.join !== undefined) {
      self = message.join;
      peers.set(self, socket);
      socket.send('{"joined":true}');
      return;
    }
    message.from = self;
    peers.get(message.to ?? "")?.send(JSON.stringify(message));
  });
  socket.on("close", () => peers.delete(self));
});
server.on("listening", () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`at http://127.0.0.1:${port}\n`);
});
