import { runCalls } from "../calls.ts";
import { connectPairs, disconnect } from "../crowd.ts";
import { kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";

/** How many pairs call one another. */
export const pairCount = 100;

let found: Promise<number> | undefined;

/** Half of the calls per second that PeerJS can do: for all alike, and for all parts of a run. */
export function halfLoad(seconds: number): Promise<number> {
  found ??= measure(seconds);
  return found;
}

async function measure(seconds: number): Promise<number> {
  await using server = await ServerProcess.start(kinds.peerjs);
  const pairs = await connectPairs(kinds.peerjs, server.url, pairCount);
  const { callsPerSecond } = await runCalls(server, pairs, seconds);
  disconnect(pairs);
  return Math.round(callsPerSecond / 2);
}
