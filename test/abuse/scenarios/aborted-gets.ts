import { once } from "node:events";
import { constants } from "node:http2";
import type { Attack } from "../attack.ts";
import { ignore, openHttp2, openSocket } from "../attackers.ts";
import type { Target } from "../target.ts";

const path = "/page.js";
/** Few: this attack is for descriptors, not for the processor. */
const atOnce = 8;

/**
 * Requests the demo page and goes away in the middle of the answer. A server that reads the file while it answers
 * never closes it, and runs out of descriptors; so this node has few.
 */
export const abortedGets: Attack = {
  id: "aborted-gets",
  name: "GETs of the demo page that are aborted",
  openFiles: 256,
  growthMb: 64,
  descriptors: 4 * atOnce,
  async run(target, scale) {
    const count = scale === "full" ? 2000 : 600;
    let aborted = 0;
    for (let begun = 0; begun < count; begun += atOnce) {
      const connections = Array.from({ length: atOnce }, (_, index) => abortHttp1(target, index));
      const streams = abortHttp2(target, atOnce);
      aborted += (await Promise.all([...connections, streams])).reduce((sum, each) => sum + each, 0);
    }
    if (aborted < 2 * count) throw new Error(`only ${aborted} of ${2 * count} GETs were aborted`);
    return `${aborted} GETs aborted`;
  },
};

/** Reads the beginning of the answer, and breaks the connection off. Returns how many GETs were aborted. */
async function abortHttp1(target: Target, attacker: number): Promise<number> {
  const socket = openSocket(target, attacker);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${target.host}:${target.port}\r\n\r\n`);
  const [beginning] = (await once(socket, "data")) as [Buffer];
  socket.resetAndDestroy();
  return beginning.toString("latin1").startsWith("HTTP/1.1 200") ? 1 : 0;
}

/** Opens streams whose answers do not fit their windows, and cancels them. */
async function abortHttp2(target: Target, count: number): Promise<number> {
  const session = openHttp2(target, 0, { settings: { initialWindowSize: 100 } });
  const cancelled = Array.from({ length: count }, async () => {
    const stream = session.request({ ":path": path });
    stream.on("error", ignore);
    const [headers] = (await once(stream, "response")) as [{ ":status"?: number }];
    stream.close(constants.NGHTTP2_CANCEL);
    return headers[":status"] === 200 ? 1 : 0;
  });
  const aborted = (await Promise.all(cancelled)).reduce<number>((sum, each) => sum + each, 0);
  session.destroy();
  return aborted;
}
