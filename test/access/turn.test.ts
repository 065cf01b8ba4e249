import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGrants } from "../../server/src/admission/grants.ts";
import { IceServers } from "../../server/src/admission/ice-servers.ts";
import { systemClock } from "../../server/src/time/clock.ts";
import { TurnClient } from "../deploy/turn-client.ts";
import { until } from "../kit/until.ts";
import { RunningProcess } from "../proxies/running-process.ts";
import { freePort } from "../redis/redis-server.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-turn-"));
const [older, newer] = ["older-secret-of-a-test", "newer-secret-of-a-test"];
let relay: RunningProcess;
let port: number;

/** coturn with two secrets, as while the one is replaced by the other. */
beforeAll(async () => {
  port = await freePort();
  relay = new RunningProcess("turnserver", [
    ...["--no-cli", "--use-auth-secret", `--static-auth-secret=${older}`, `--static-auth-secret=${newer}`],
    ...["--realm=test", "--listening-ip=127.0.0.1", `--listening-port=${port}`, "--relay-ip=127.0.0.1"],
    ...["--no-tls", "--no-dtls", "--log-file=stdout", `--pidfile=${folder}/pid`, `--userdb=${folder}/turndb`],
  ]);
  await until(() => allocates(older).then((allocates) => allocates), "the relay to answer", 15_000);
}, 20_000);
afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Whether the relay accepts what a peer gets with this secret. */
async function allocates(secret: string, lifetimeMs = 60_000): Promise<boolean> {
  const turn = {
    urls: [`turn:127.0.0.1:${port}`],
    secret,
    username: undefined,
    password: undefined,
    lifetimeMs,
  };
  const owner = "WzE7cx3CYyYqFfgX8jV6Pq2mA1b0cKdLeMnOpQrStUv";
  const { servers } = new IceServers({ stunUrls: [], turn }, systemClock).offer({ ...openGrants, owner });
  const [server] = servers;
  if (server === undefined) throw new Error("there is no TURN server");
  expect(server.username).toMatch(/^\d+:WzE7cx3CYyYqFfgX$/);
  using client = new TurnClient(port, server);
  return await client.allocate("ipv4").then(
    () => true,
    () => false,
  );
}

test("coturn accepts the credentials of either of two secrets", async () => {
  expect(await allocates(older)).toBe(true);
  expect(await allocates(newer)).toBe(true);
});

test("coturn refuses those of another secret, and those that have expired", async () => {
  expect(await allocates("another-secret")).toBe(false);
  expect(await allocates(newer, -1000)).toBe(false);
});
