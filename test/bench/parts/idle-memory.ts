import { connectIdle } from "../crowd.ts";
import { type BenchKind, kindNames, kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { type Effort, type Findings, rounded } from "./part.ts";

/** Peers that are there before anything is counted. */
const firstPeers = 200;

/** What a peer costs that says nothing, and how fast peers join. */
export async function measureIdleMemory(
  { idlePeers }: Effort,
  log: (text: string) => void,
): Promise<Findings> {
  const figures: Record<string, number> = {};
  const rows: string[][] = [];
  for (const name of kindNames) {
    const kind = kinds[name];
    const { bytes, joinsPerSecond } = await idlePeer(kind, idlePeers);
    figures[`${name}.memory`] = bytes;
    rows.push([kind.title, rounded(bytes / 1024, 1), rounded(joinsPerSecond)]);
    log(`idle memory: ${kind.title}, ${rounded(bytes / 1024, 1)} KB per peer`);
  }
  return {
    figures,
    sections: [
      {
        title: "An idle peer",
        text: `${idlePeers} peers in rooms of two, after a garbage collection that compacts the heap. The figure is what they added to the resident memory of a server that already had ${firstPeers}. Joins come 50 at a time, and are bounded by the clients' one core.`,
        columns: ["server", "KB per peer", "joins per second"],
        rows,
      },
    ],
  };
}

/** What one of so many idle peers adds to the memory of a server, and how fast they join. */
export async function idlePeer(
  kind: BenchKind,
  count: number,
): Promise<{ readonly bytes: number; readonly joinsPerSecond: number }> {
  await using server = await ServerProcess.start(kind);
  // What the first peers make the server load and compile is no cost of a peer.
  const first = await connectIdle(kind, server.url, firstPeers, "first");
  const before = await server.residentBytes();
  const began = performance.now();
  const clients = await connectIdle(kind, server.url, count);
  const joinsPerSecond = clients.length / ((performance.now() - began) / 1000);
  const bytes = ((await server.residentBytes()) - before) / clients.length;
  for (const client of [...first, ...clients]) client.cut();
  return { bytes, joinsPerSecond };
}
