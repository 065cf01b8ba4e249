import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { until } from "../kit/until.ts";
import { RunningProcess } from "../proxies/running-process.ts";
import { freePort } from "../redis/redis-server.ts";
import { TurnClient } from "./turn-client.ts";

const secret = "of-a-test";
const forbidden = 403;
const folder = mkdtempSync(join(tmpdir(), "parley-turn-"));
let relay: RunningProcess;
let port: number;

/** coturn as compose.yaml starts it, on loopback. */
beforeAll(async () => {
  const file = new URL("../../compose.yaml", import.meta.url);
  const { services } = parse(readFileSync(file, "utf8"), { merge: true }) as {
    services: { coturn: { command: string[] } };
  };
  const flags = services.coturn.command.map((flag) => flag.replace(/\$\{TURN_SECRET[^}]*\}/, secret));
  port = await freePort();
  relay = new RunningProcess("turnserver", [
    ...flags.map((flag) => flag.replace(/\$\{\w+:-([^}]*)\}/, "$1")),
    ...["--listening-ip=127.0.0.1", `--listening-port=${port}`, "--relay-ip=127.0.0.1", "--relay-ip=::1"],
    ...["--no-tls", "--no-dtls", "--log-file=stdout", `--pidfile=${folder}/pid`, `--userdb=${folder}/turndb`],
  ]);
  // It keeps what it prints to itself until it ends.
  await until(
    () =>
      permission("8.8.8.8").then(
        () => true,
        () => false,
      ),
    "the relay to answer",
    15_000,
  );
}, 20_000);
afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function permission(peer: string): Promise<number> {
  using client = new TurnClient(port, secret);
  await client.allocate(peer.includes(":") ? "ipv6" : "ipv4");
  // Awaited before the client is closed.
  return await client.permission(peer);
}

describe("the relay leads to peers on the internet", () => {
  test.each(["8.8.8.8", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00::1", "2001:4860::1"])(
    "%s",
    async (peer) => expect(await permission(peer)).toBe(0),
  );
});

describe("and neither to this machine nor to the networks around it", () => {
  test.each([
    ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.9.1", "169.254.169.254", "172.16.0.1"],
    ...["172.31.255.255", "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"],
    ...["::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1"],
    ...["64:ff9b:1::1", "100::1", "2001::1", "2002:7f00:1::", "fc00::1", "fd12:3456::1", "fe80::1"],
    ...["febf::1", "ff02::1"],
  ])("%s", async (peer) => expect(await permission(peer)).toBe(forbidden));
});
