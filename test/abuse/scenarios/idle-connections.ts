import { once } from "node:events";
import type { Socket } from "node:net";
import { within } from "../../kit/within.ts";
import type { Attack } from "../attack.ts";
import { openHttp2, openSocket } from "../attackers.ts";
import { callReceive } from "../receive-call.ts";
import type { Target } from "../target.ts";

const openFiles = 512;
const connections = 700;
/** How long a new client may take to join while all descriptors are wanted, in milliseconds. */
const joinMs = 2000;

/**
 * Opens more connections than the node has descriptors, and says nothing on them. Those with sessions stay, and
 * a new client is served: the oldest idle connection gives way.
 */
export const idleConnections: Attack = {
  id: "idle-connections",
  name: "idle connections beyond the limit of open files",
  flags: ["--limit-loopback", "true"],
  openFiles,
  growthMb: 64,
  descriptors: openFiles,
  async run(target, scale) {
    const rounds = scale === "full" ? 5 : 2;
    let joined = 0;
    let given = 0;
    for (let round = 0; round < rounds; round++) {
      const sockets = Array.from({ length: connections }, (_, index) => openSocket(target, index));
      await Promise.all(sockets.map(connectedOrClosed));
      if (await joins(target)) joined++;
      given += sockets.filter(({ closed }) => closed).length;
      for (const socket of sockets) socket.destroy();
    }
    if (joined < rounds) throw new Error(`a new client joined in only ${joined} of ${rounds} rounds`);
    if (given === 0) throw new Error("no idle connection gave way");
    return `${rounds} × ${connections} idle connections; ${given} gave way, ${joined} newcomers joined`;
  },
};

async function connectedOrClosed(socket: Socket): Promise<void> {
  socket.resume();
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
}

async function joins(target: Target): Promise<boolean> {
  const session = openHttp2(target, 1000);
  try {
    const { first } = callReceive(session, { join: { room: "newcomers" }, poll: true });
    return (await within(joinMs, "a newcomer to join", first)).kind === "welcome";
  } finally {
    session.destroy();
  }
}
