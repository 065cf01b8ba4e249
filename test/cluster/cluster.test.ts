import process from "node:process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RunningProcess } from "../proxies/running-process.ts";
import { until } from "../proxies/waiting.ts";

const script = fileURLToPath(new URL("../../scripts/cluster.ts", import.meta.url));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function readyAt(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`, { headers: { connection: "close" } });
  await response.text();
  return response.ok;
}

test("npm run cluster serves at one address while a node is killed, and ends all that it started", async () => {
  const cluster = new RunningProcess(process.execPath, [script]);
  try {
    const [, url = ""] = await cluster.says(/Open (http:\S+)/);
    const pids = [...cluster.output.matchAll(/kill -9 (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(4);
    for (let connection = 0; connection < 3; connection++) expect(await readyAt(url)).toBe(true);

    const [, node = 0] = pids;
    process.kill(node, "SIGKILL");
    await cluster.says(/node-1 is gone/);
    for (let connection = 0; connection < 6; connection++) expect(await readyAt(url)).toBe(true);

    await cluster.end("SIGTERM");
    await until(5000, "all processes to be gone", async () => !pids.some(isAlive));
  } finally {
    // It ends what it has started only when it is asked to.
    await cluster.end("SIGTERM");
  }
});
