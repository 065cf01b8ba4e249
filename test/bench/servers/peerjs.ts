// The PeerJS server as it comes, with room for the peers of a benchmark.
import process from "node:process";
import { PeerServer } from "peer";

PeerServer({ port: 0, host: "127.0.0.1", path: "/", concurrent_limit: 100_000 }, (server) => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`at http://127.0.0.1:${port}\n`);
});
