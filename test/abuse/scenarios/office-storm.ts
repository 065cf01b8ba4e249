import type { ClientHttp2Session } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import type { Attack } from "../attack.ts";
import { openHttp2 } from "../attackers.ts";
import { callReceive } from "../receive-call.ts";
import type { Target } from "../target.ts";

const clients = 500;
const rooms = 50;
/** How soon all of them are back, in milliseconds. */
const backMs = 10_000;

interface Client {
  readonly session: ClientHttp2Session;
  readonly token: string;
}

/**
 * No attack: an office of 500 people behind one address loses its network, and all of them come back at once, each on
 * a connection of its own. The limits that stop attackers do not stop them.
 */
export const officeStorm: Attack = {
  id: "office-storm",
  name: "500 honest clients of one address, back at once",
  flags: ["--limit-loopback", "true"],
  growthMb: 288,
  // Those that are gone, and those that come.
  descriptors: 2 * clients + 64,
  recoveryMs: 20_000,
  // They all come at once, as the peers of a whole room do after any outage.
  mayDelay: true,
  async run(target, scale) {
    const storms = scale === "full" ? 2 : 1;
    let office = await Promise.all(Array.from({ length: clients }, (_, index) => join(target, index)));
    let slowest = 0;
    for (let storm = 0; storm < storms; storm++) {
      for (const { session } of office) session.destroy();
      const began = performance.now();
      office = await Promise.all(office.map(({ token }) => resume(target, token)));
      const ms = performance.now() - began;
      if (ms > backMs) throw new Error(`they were back after ${Math.round(ms)} ms; the limit is ${backMs}`);
      slowest = Math.max(slowest, ms);
    }
    for (const { session } of office) session.destroy();
    return `${storms} × ${clients} clients back within ${(slowest / 1000).toFixed(1)} s`;
  },
};

function join(target: Target, index: number): Promise<Client> {
  return begin(target, { join: { room: `office-${index % rooms}`, peerId: `p${index}` } });
}

function resume(target: Target, token: string): Promise<Client> {
  return begin(target, { resume: { sessionToken: token } });
}

/** Comes back when the service says so: the second storm is beyond the burst of an address. */
async function begin(target: Target, request: object): Promise<Client> {
  const session = openHttp2(target);
  for (;;) {
    const first = await callReceive(session, request).first;
    if (first.kind === "welcome") return { session, token: first.token };
    if (first.kind !== "refused" || first.retryAfterMs === undefined) {
      throw new Error(`an honest client was turned away: ${JSON.stringify(first)}`);
    }
    await pause(first.retryAfterMs);
  }
}
