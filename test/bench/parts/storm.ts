import { atOnce, CrowdProcesses } from "../crowd-processes.ts";
import { type KindName, kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { type Effort, type Findings, rounded } from "./part.ts";

/** Everybody is cut at once with signals under way, and comes back: how long it takes, and what is lost. */
export async function measureStorm({ idlePeers }: Effort, log: (text: string) => void): Promise<Findings> {
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  for (const name of ["grpc", "web", "webSocket", "parleyTcp"] as const) {
    const { resumed, sent, received, twice } = await storm(name, idlePeers);
    figures[`${name}.lost`] = sent - received;
    rows.push([kinds[name].title, rounded(resumed, 1), String(sent), String(sent - received), String(twice)]);
    log(`storm: ${kinds[name].title}, ${rounded(resumed, 1)} s, ${sent - received} of ${sent} lost`);
  }
  return {
    figures,
    sections: [
      {
        title: "All clients come back at once",
        text: `${idlePeers} peers in rooms of two. Each sends a signal and loses its connection at the same moment; the sessions are resumed ${atOnce} at a time. Bounded by the clients' one core.`,
        columns: ["client", "s until all are back", "signals", "lost", "twice"],
        rows,
      },
    ],
  };
}

/** Connects so many peers, cuts them all with a signal under way, and lets them come back. */
export async function storm(name: KindName, count: number) {
  await using server = await ServerProcess.start(kinds[name]);
  using crowd = await CrowdProcesses.start(name, server.url, count);
  await crowd.take("connect");
  await crowd.take("cut");
  const resumed = await crowd.time("resume");
  return { resumed, sent: count, ...(await crowd.take("receive")) };
}

/** In how many seconds so many peers connect. */
export async function connecting(name: KindName, count: number): Promise<number> {
  await using server = await ServerProcess.start(kinds[name]);
  using crowd = await CrowdProcesses.start(name, server.url, count);
  const seconds = await crowd.time("connect");
  return seconds;
}
