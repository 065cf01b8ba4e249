import type { ClientHttp2Session } from "node:http2";
import { until } from "../../kit/until.ts";
import type { Attack } from "../attack.ts";
import { openHttp2 } from "../attackers.ts";
import { callReceive } from "../receive-call.ts";
import type { Target } from "../target.ts";

const connections = 10;
/** Peers with 4 KB of metadata each, who make every `Welcome` large. */
const peers = 60;
/** How long the node may take to break off what is not read, in milliseconds: 10 s, a second to look, and its work. */
const resetMs = 30_000;

/**
 * Resumes a session again and again over connections that advertise no window. Each `Welcome` has ended long before it
 * could be sent, and would be kept for as long as its client likes.
 */
export const zeroWindows: Attack = {
  id: "zero-windows",
  name: "resumes of a large Welcome by readers without a window",
  flags: ["--limit-loopback", "true"],
  growthMb: 512,
  descriptors: 64,
  recoveryMs: 20_000,
  async run(target, scale) {
    const count = scale === "full" ? 1000 : 300;
    const token = await fillRoom(target);
    const sessions = Array.from({ length: connections }, (_, index) =>
      openHttp2(target, index, { settings: { initialWindowSize: 0 } }),
    );
    try {
      const streams = Array.from({ length: count }, (_, index) => {
        const session = sessions[index % connections] as ClientHttp2Session;
        return callReceive(session, { resume: { sessionToken: token } }).stream;
      });
      const began = performance.now();
      const open = () => streams.filter(({ closed }) => !closed).length;
      const reset = until(async () => open() === 0, "the unread responses to be reset", resetMs);
      await reset.catch((error: Error) => {
        throw new Error(`${error.message}; ${open()} of ${count} are still open`);
      });
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      return `${count} resumes of a Welcome of ${peers * 4} KB; all were reset after ${seconds} s`;
    } finally {
      for (const session of sessions) session.destroy();
    }
  },
};

/** Joins a room with many others, and returns the token of one session of it. */
async function fillRoom(target: Target): Promise<string> {
  const session = openHttp2(target, 100);
  const metadata = { note: "x".repeat(4000) };
  let token = "";
  for (let index = 0; index < peers; index++) {
    const { first } = callReceive(session, { join: { room: "crowd", peerId: `p${index}`, metadata } });
    const beginning = await first;
    if (beginning.kind !== "welcome") throw new Error(`a join was refused: ${JSON.stringify(beginning)}`);
    token = beginning.token;
  }
  return token;
}
