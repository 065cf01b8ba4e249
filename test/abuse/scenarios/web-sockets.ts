import { setTimeout as pause } from "node:timers/promises";
import { within } from "../../kit/within.ts";
import { frame } from "../../websocket/client-frame.ts";
import { RawWebSocket } from "../../websocket/raw-web-socket.ts";
import type { Attack } from "../attack.ts";
import { openSocket } from "../attackers.ts";
import type { Target } from "../target.ts";

const text = 1;
const continuation = 0;
const ping = 9;

/** One way to harm a node by a WebSocket, and the close code that answers it; undefined if it may stay for now. */
interface Harm {
  readonly name: string;
  readonly headers?: readonly string[];
  readonly code: number | undefined;
  run(socket: RawWebSocket, index: number): void | Promise<void>;
}

const join = (index: number) => frame(text, JSON.stringify({ join: { room: `sockets-${index}` } }));

const harms: readonly Harm[] = [
  { name: "says nothing", code: undefined, run: () => {} },
  {
    name: "giant frames",
    code: 4008,
    run: (socket) => socket.send(frame(text, "x".repeat(60_000), { claims: 2 ** 40 })),
  },
  {
    name: "endless fragments",
    code: 4008,
    run(socket) {
      const empty = Buffer.concat(
        Array.from({ length: 1000 }, () => frame(continuation, "", { final: false })),
      );
      socket.send(frame(text, "", { final: false }), empty, empty);
    },
  },
  {
    name: "slow frames",
    code: undefined,
    async run(socket) {
      for (const byte of frame(text, "slow", { claims: 10_000 })) {
        socket.send(Buffer.of(byte));
        await pause(slowMs);
      }
    },
  },
  {
    name: "half-open connections",
    code: undefined,
    run: (socket) => void socket.socket.end(),
  },
  {
    name: "ping floods",
    code: 4008,
    run(socket, index) {
      socket.send(join(index));
      const pings = Buffer.concat(Array.from({ length: 5000 }, () => frame(ping, "x".repeat(125))));
      socket.send(pings, pings);
    },
  },
  {
    name: "unknown origins",
    headers: ["Origin: https://evil.example"],
    code: 4007,
    run: () => {},
  },
];

/** How long a slow client waits between two bytes, in milliseconds. */
const slowMs = 20;
/** How long a close frame may take, in milliseconds. */
const closedMs = 5000;

/** WebSockets that break every rule at once, beside thousands that only stand there. */
export const webSockets: Attack = {
  id: "web-sockets",
  name: "WebSockets: idle, slow, half-open, with giant frames, endless fragments and floods of pings",
  flags: ["--limit-loopback", "true"],
  growthMb: 200,
  descriptors: 4000,
  // A connection without a session has 30 seconds.
  recoveryMs: 45_000,
  async run(target, scale) {
    const [rounds, each, idle] = scale === "full" ? [5, 20, 2000] : [2, 10, 500];
    const idlers = await Promise.all(Array.from({ length: idle }, (_, index) => open(target, index)));
    const unfinished = Array.from({ length: idle / 10 }, (_, index) => openSocket(target, index));
    for (const socket of unfinished) socket.write("GET /v1/signal HTTP/1.1\r\nUpgrade: webs");
    let refused = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        for (const harm of harms) refused += await play(target, harm, each);
      }
    } finally {
      for (const idler of idlers) idler[Symbol.dispose]();
      for (const socket of unfinished) socket.destroy();
    }
    const expected = rounds * each * harms.filter(({ code }) => code !== undefined).length;
    if (refused < expected) throw new Error(`only ${refused} of ${expected} sockets were refused`);
    return `${idle} idle sockets, ${unfinished.length} that end within the handshake, ${rounds * each * harms.length} that do harm; ${refused} were refused`;
  },
};

async function play(target: Target, harm: Harm, count: number): Promise<number> {
  const sockets = await Promise.all(
    Array.from({ length: count }, (_, index) => open(target, index, harm.headers)),
  );
  let refused = 0;
  try {
    await Promise.all(sockets.map((socket, index) => harm.run(socket, index)));
    if (harm.code === undefined) await pause(200);
    else {
      for (const { closed } of sockets) {
        const { code } = await within(closedMs, `a close frame for ${harm.name}`, closed);
        if (code !== harm.code) throw new Error(`${harm.name} were answered with ${code}`);
        refused++;
      }
    }
  } finally {
    for (const socket of sockets) socket[Symbol.dispose]();
  }
  return refused;
}

function open(target: Target, attacker: number, headers: readonly string[] = []): Promise<RawWebSocket> {
  return RawWebSocket.over(openSocket(target, attacker), target.url, headers);
}
