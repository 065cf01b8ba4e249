import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import type { Attack } from "../attack.ts";
import { addressOf } from "../attackers.ts";
import type { Target } from "../target.ts";

const atOnce = 8;
const path = "/parley.v1.SignalingService/SendSignals";

/**
 * Pages of ever new origins, which are all refused. Each refusal is worth a line in the log, with texts that the
 * attacker chose; but the log must not grow with them.
 */
export const foreignPages: Attack = {
  id: "foreign-pages",
  name: "calls of pages whose origins are not allowed",
  flags: ["--log-level", "info"],
  growthMb: 64,
  descriptors: 2 * atOnce,
  async run(target, scale) {
    const calls = scale === "full" ? 6000 : 1500;
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
    let refused = 0;
    const visit = async (visitor: number) => {
      for (let call = visitor; call < calls; call += atOnce) {
        if ((await callFrom(target, agent, `https://${"x".repeat(200)}-${call}.example`)) === 403) refused++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, (_, visitor) => visit(visitor)));
    agent.destroy();
    if (refused < calls) throw new Error(`only ${refused} of ${calls} calls were refused`);
    return `${refused} calls refused`;
  },
};

async function callFrom(target: Target, agent: Agent, origin: string): Promise<number | undefined> {
  const headers = { origin, "sec-fetch-site": "cross-site", "content-type": "application/json" };
  const to = { host: target.host, port: target.port, path, localAddress: addressOf(0) };
  const call = request({ ...to, method: "POST", agent, headers });
  call.end("{}");
  const [response] = (await once(call, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.statusCode;
}
