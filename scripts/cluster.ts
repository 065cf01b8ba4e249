/**
 * Runs a cluster on this machine: Redis, three nodes that share it, and one address that leads to all of them.
 * Prints where everything is and how to kill a node; a node that was killed is started again. Ctrl-C ends all.
 *
 *     npm run cluster
 *     npm run cluster -- --nodes 5 --port 8080 --redis-url redis://127.0.0.1:6379
 */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Balancer } from "./cluster/balancer.ts";
import { Member } from "./cluster/member.ts";
import { debianPackage, findProgram } from "./programs.ts";

const main = fileURLToPath(new URL("../server/src/main.ts", import.meta.url));

/** How long a killed node stays away, in milliseconds: long enough to see that the others do without it. */
const awayMs = 10_000;

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "3" },
    port: { type: "string", default: "0" },
    "redis-url": { type: "string" },
  },
});
const wanted = Number(values.nodes);
if (!Number.isInteger(wanted) || wanted < 1 || wanted > 20) throw new Error("--nodes is from 1 to 20");

interface Node {
  readonly name: string;
  port: number;
  member: Member | undefined;
}

const folder = mkdtempSync(join(tmpdir(), "parley-cluster-"));
const nodes = Array.from(
  { length: wanted },
  (_, index): Node => ({
    name: `node-${index + 1}`,
    port: 0,
    member: undefined,
  }),
);
const balancer = new Balancer(() => nodes.map(({ port }) => port));
let redis: Member | undefined;
let stopping = false;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts a process and waits for a line, or for its early end. Lines that are `quiet` are not passed on. */
async function started(name: string, command: string, args: readonly string[], ready: RegExp, quiet = ready) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const member = new Member(name, command, args, (line) => {
    const [, found] = ready.exec(line) ?? [];
    if (found !== undefined) resolve(found);
    return quiet.test(line);
  });
  const ended = member.exited.then(() => Promise.reject(new Error(`${name} did not start`)));
  const found = await Promise.race([promise, ended]);
  ended.catch(() => {});
  return { member, found };
}

/** Starts a Redis whose data goes with the cluster; resolves with its URL. */
async function startRedis(): Promise<string> {
  const program = findProgram("redis-server");
  if (program === undefined)
    throw new Error(
      `install ${debianPackage("redis-server")}, or give the address of a Redis with --redis-url`,
    );
  const port = await freePort();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"];
  const { member } = await started(
    "redis",
    program,
    [...args, "--maxmemory-policy", "noeviction"],
    /(Ready to accept connections)/,
    // Its log is for those who run it for longer; what keeps it from starting is shown.
    /^\d+:(?!.*(?:Could not|Can't|rror))/,
  );
  redis = member;
  return `redis://127.0.0.1:${port}`;
}

async function startNode(node: Node, redisUrl: string): Promise<void> {
  const { member, found } = await started(
    node.name,
    process.execPath,
    [
      ...[main, "serve", "--node", node.name, "--port", `${node.port}`, "--redis-url", redisUrl],
      ...["--drain", "2", "--log-level", "warn"],
    ],
    / is at (\S+)/,
  );
  node.member = member;
  node.port = Number(new URL(found).port);
  console.log(`${node.name} is at ${found}    kill -9 ${member.pid}`);
  void member.exited.then(() => comeBack(node, redisUrl));
}

/** Starts a node again, at its address, that was killed. */
async function comeBack(node: Node, redisUrl: string): Promise<void> {
  if (stopping) return;
  console.log(`${node.name} is gone; it will be back in ${awayMs / 1000} seconds`);
  await pause(awayMs, undefined, { ref: false });
  if (!stopping) await startNode(node, redisUrl).catch(stop);
}

/** Ends everything, the nodes before Redis; a second time at once. */
async function stop(error?: unknown): Promise<void> {
  if (error instanceof Error) {
    console.error(error.message);
    process.exitCode = 1;
  }
  const signal = stopping ? "SIGKILL" : "SIGTERM";
  if (!stopping) console.log("\nstopping; once more to stop at once");
  stopping = true;
  await Promise.all(nodes.map(({ member }) => member?.end(signal)));
  balancer.close();
  await redis?.end(signal);
  rmSync(folder, { recursive: true, force: true });
}

process.on("SIGINT", () => void stop());
process.on("SIGTERM", () => void stop());
try {
  const redisUrl = values["redis-url"] ?? (await startRedis());
  console.log(
    `Redis is at ${redisUrl.replace(/\/\/[^@/]*@/, "//***@")}${redis ? `    kill -9 ${redis.pid}` : ""}`,
  );
  for (const node of nodes) await startNode(node, redisUrl);
  const port = await balancer.listen(Number(values.port));
  console.log(`
Open http://127.0.0.1:${port} in two tabs and join the same room. The page shows the node that it is on.
Then kill that node with the command beside its name: the page goes on by another one, the call goes on
undisturbed, and a signal that was under way arrives. Ctrl-C ends everything.
`);
} catch (error) {
  await stop(error);
}
