import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Attack } from "../attack.ts";
import { ignore, openSocket } from "../attackers.ts";
import type { Target } from "../target.ts";

const atOnce = 100;
const attackers = 5;
/** The limits of one address, by default. */
const burst = 1000;
const perSecond = 100;

/**
 * Sends the beginning of a handshake again and again, recorded once: it costs its sender nothing, and the node a
 * signature each time.
 */
export const tlsHandshakes: Attack = {
  id: "tls-handshakes",
  name: "TLS handshakes that nobody means to complete",
  tls: true,
  flags: ["--limit-loopback", "true"],
  growthMb: 160,
  descriptors: 2 * atOnce + 32,
  async run(target, scale) {
    const count = scale === "full" ? 6000 : 2000;
    const hello = await recordHello();
    const began = performance.now();
    let answered = 0;
    for (let sent = 0; sent < count; sent += atOnce) {
      const handshakes = Array.from({ length: atOnce }, (_, index) =>
        isAnswered(target, index % attackers, hello),
      );
      answered += (await Promise.all(handshakes)).filter(Boolean).length;
    }
    const seconds = (performance.now() - began) / 1000;
    const allowed = attackers * (burst + perSecond * (seconds + 1));
    if (answered === 0) throw new Error("the node answered no handshake");
    if (answered > allowed) throw new Error(`${answered} were answered, more than ${Math.round(allowed)}`);
    return `${count} handshakes begun in ${seconds.toFixed(1)} s from ${attackers} addresses; ${answered} answered`;
  },
};

/** What a client sends first. */
async function recordHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ port, host: "127.0.0.1", ALPNProtocols: ["h2"], rejectUnauthorized: false });
  client.on("error", ignore);
  const [socket] = await accepted;
  const [hello] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** Whether the node takes part in a handshake, rather than to close the connection. */
async function isAnswered(target: Target, attacker: number, hello: Buffer): Promise<boolean> {
  const socket = openSocket(target, attacker);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once("data", () => resolve(true));
  socket.once("close", () => resolve(false));
  socket.write(hello);
  const answered = await promise;
  socket.resetAndDestroy();
  return answered;
}
