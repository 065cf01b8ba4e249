import process from "node:process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { launchChromium, testTimeoutMs } from "../browser/chromium.ts";
import { DemoCall } from "../browser/demo-call.ts";
import { until } from "../kit/until.ts";
import { RunningProcess } from "../proxies/running-process.ts";

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

/** A cluster, and the address that leads to all of it. */
async function startCluster(parts: AsyncDisposableStack): Promise<{ cluster: RunningProcess; url: string }> {
  const cluster = new RunningProcess(process.execPath, [script]);
  // It ends what it has started only when it is asked to.
  parts.defer(() => cluster.end("SIGTERM"));
  const [, url = ""] = await cluster.says(/Open (http:\S+)/);
  return { cluster, url };
}

test("npm run cluster serves at one address while a node is killed, and ends all that it started", async () => {
  await using parts = new AsyncDisposableStack();
  const { cluster, url } = await startCluster(parts);
  const pids = [...cluster.output.matchAll(/kill -9 (\d+)/g)].map(([, pid]) => Number(pid));
  expect(pids).toHaveLength(4);
  for (let connection = 0; connection < 3; connection++) expect(await readyAt(url)).toBe(true);

  const [, node = 0] = pids;
  process.kill(node, "SIGKILL");
  await cluster.says(/node-1 is gone/);
  for (let connection = 0; connection < 6; connection++) expect(await readyAt(url)).toBe(true);

  await cluster.end("SIGTERM");
  await until(async () => !pids.some(isAlive), "all processes to be gone", 5000);
});

test(
  "a call on the demo page outlives the node that it names, killed as it says",
  async () => {
    await using parts = new AsyncDisposableStack();
    const { cluster, url } = await startCluster(parts);
    const browser = await launchChromium();
    parts.defer(() => browser.close());
    const open = async (name: string) => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${url}/?${new URLSearchParams({ room: "standup", name, auto: "1", picture: "1" })}`);
      return new DemoCall(page);
    };
    const [ada, grace] = [await open("Ada"), await open("Grace")];
    await Promise.all([ada.sees(), grace.sees()]);

    const recipe = ada.page.getByTestId("kill-node");
    await recipe.getByText("Kill this node").click();
    await recipe.locator("b").waitFor();
    const node = (await recipe.locator("b").textContent()) ?? "";
    expect(await ada.node()).toContain(node);
    const [, pid] = new RegExp(`^${node} is at .*kill -9 (\\d+)$`, "m").exec(cluster.output) ?? [];
    process.kill(Number(pid), "SIGKILL");

    await ada.signaling("resumed");
    expect(await ada.node()).not.toContain(node);
    await Promise.all([ada.decodes(10), grace.decodes(10)]);
  },
  testTimeoutMs,
);
