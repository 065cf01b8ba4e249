import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { TurnClient } from "../deploy/turn-client.ts";
import { until } from "../kit/until.ts";
import { RunningProcess } from "../proxies/running-process.ts";
import { freePort } from "../redis/redis-server.ts";
import { TestAuthority } from "../redis/test-authority.ts";

vi.setConfig({ testTimeout: 60_000 });

const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));
const page = readFileSync(new URL("../../docs/protected-service.md", import.meta.url), "utf8");
const authority = new TestAuthority();
const folder = mkdtempSync(join(tmpdir(), "parley-protected-"));
const running: RunningProcess[] = [];
let servicePort = 0;
let turnPort = 0;

/** The commands of the page, in their order. */
const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, command = ""]) => command);

beforeAll(async () => {
  [servicePort, turnPort] = [await freePort(), await freePort()];
  // What the authority of the operator would have issued, and what installing would have put on the PATH.
  const { certFile, keyFile } = authority.issue("IP:127.0.0.1");
  copyFileSync(certFile, join(folder, "fullchain.pem"));
  copyFileSync(keyFile, join(folder, "privkey.pem"));
  writeFileSync(join(folder, "parley"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(join(folder, "parley"), 0o755);
});
afterAll(async () => {
  for (const each of running) await each[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** A command of the page on loopback: other addresses and ports, and a relay that may reach this machine. */
function onLoopback(command: string): string {
  const relay = `--listening-ip=127.0.0.1 --relay-ip=127.0.0.1 --log-file=stdout --pidfile=${folder}/pid --userdb=${folder}/db`;
  return command
    .replaceAll("https://parley.example.org/", `https://127.0.0.1:${servicePort}/`)
    .replaceAll("parley.example.org:3478", `127.0.0.1:${turnPort}`)
    .replace("--listening-port=3478", `--listening-port=${turnPort} ${relay}`)
    .replace("--host 0.0.0.0 --port 443", `--host 127.0.0.1 --port ${servicePort}`)
    .replaceAll("curl ", `curl --cacert ${authority.caFile} `);
}

const inFolder = (command: string) =>
  `cd "${folder}"; PATH="${folder}:$PATH"; export PATH\n${onLoopback(command)}`;

async function run(command = ""): Promise<string> {
  return (await promisify(execFile)("sh", ["-ec", inFolder(command)])).stdout;
}

/** Starts a command that goes on: one that is alone in its block. */
function start(command = ""): RunningProcess {
  const started = new RunningProcess("sh", [
    "-ec",
    inFolder(command.replace(/\b(?=turnserver |parley serve)/, "exec ")),
  ]);
  running.push(started);
  return started;
}

test("the commands of the page make a service that only tokens open, and a relay that takes its credentials", async () => {
  const [keys, relay, service, withoutToken, token, withToken] = commands;
  expect(commands).toHaveLength(6);
  await run(keys);
  start(relay);
  await start(service).says(/Parley \S+ is at/);

  expect(JSON.stringify(JSON.parse(await run(withoutToken)))).toContain("ACCESS_TOKEN_REQUIRED");
  await run(token);
  const joined = JSON.parse(await run(withToken));
  const turn = findTurn(joined);
  expect(turn).toMatchObject({ urls: [`turn:127.0.0.1:${turnPort}`], credential: expect.any(String) });
  const allocates = async () => {
    using client = new TurnClient(turnPort, turn);
    return await client.allocate("ipv4").then(
      () => true,
      () => false,
    );
  };
  await until(allocates, "the relay to take the credentials", 15_000);
});

interface TurnServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

interface Joined {
  readonly welcome?: { readonly iceServers?: readonly Partial<TurnServer>[] };
}

function findTurn(joined: Joined): TurnServer {
  const found = joined.welcome?.iceServers?.find(({ username }) => username !== undefined && username !== "");
  if (found === undefined) throw new Error(`no TURN server: ${JSON.stringify(joined)}`);
  return found as TurnServer;
}
