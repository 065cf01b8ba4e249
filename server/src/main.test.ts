import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { Agent, get as httpGet, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";
import { TestAuthority } from "../../test/redis/test-authority.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** Runs the program to its end. */
async function run(...flags: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...flags], (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

describe("the program refuses with a readable message and no stack trace", () => {
  test.each([
    [["--port", "65536"], "whole number from 0 to 65535"],
    [["--heartbeat", "0"], "seconds from 0.1 to 300"],
    [["--heartbeat", "soon"], "seconds from 0.1 to 300"],
    [["--open", "perhaps"], "true or false"],
    [["--duplicate-peer-id", "both"], "reject, replace"],
    [["--cors-origin", "app.example"], "such as https://app.example"],
    [["--cors-origin", "https://app.example/path"], "such as https://app.example"],
    [["--hosts", "https://signal.example"], "without scheme and port"],
    [["--hosts", "signal.example:443"], "without scheme and port"],
    [["--prot", "1"], "--port"],
    [["--host", "0.0.0.0"], "--open"],
    [["--redis-url", "http://127.0.0.1"], "--redis-url"],
  ])("%j", async (flags, word) => {
    const outcome = await run("serve", ...flags);
    expect(outcome).toMatchObject({ code: 2, out: "" });
    expect(outcome.err).toContain(word);
    expect(outcome.err).not.toContain("    at ");
  });
});

describe("the program refuses a file that it cannot use, and names the flag", () => {
  const redis = ["--redis-url", "rediss://127.0.0.1"];
  const absent = join(import.meta.dirname, "absent.pem");
  const pairs = [
    ["--tls-cert", "--tls-key", []],
    ["--redis-cert", "--redis-key", redis],
  ] as const;
  const authority = new TestAuthority();
  const [one, two] = [authority.issue("DNS:one.example"), authority.issue("DNS:two.example")];
  afterAll(() => authority[Symbol.dispose]());

  /** How the program ends: with no word but the reason. */
  async function refusal(...flags: string[]): Promise<string> {
    const { code, out, err } = await run("serve", "--log-level", "silent", ...flags);
    expect([code, out]).toEqual([2, ""]);
    expect(err).not.toContain("    at ");
    return err;
  }

  test("an authority", async () => {
    expect(await refusal(...redis, "--redis-ca", absent)).toMatch(
      /^parley: --redis-ca: cannot be read: ENOENT/,
    );
    expect(await refusal(...redis, "--redis-ca", main)).toMatch(
      /^parley: --redis-ca: .*not a PEM certificate/,
    );
  });

  test.each(pairs)("%s", async (certFlag, keyFlag, others) => {
    const { keyFile } = one;
    const cert = (file: string) => refusal(...others, certFlag, file, keyFlag, keyFile);
    expect(await cert(absent)).toContain(`parley: ${certFlag}: cannot be read: ENOENT`);
    expect(await cert(main)).toContain(`parley: ${certFlag}: is not a PEM certificate`);
  });

  test.each(pairs)("the key of %s", async (certFlag, keyFlag, others) => {
    const { certFile } = one;
    const key = (file: string) => refusal(...others, certFlag, certFile, keyFlag, file);
    expect(await key(absent)).toContain(`parley: ${keyFlag}: cannot be read: ENOENT`);
    expect(await key(main)).toContain(`parley: ${keyFlag}: is no private key in PEM`);
    expect(await key(two.keyFile)).toMatch(new RegExp(`^parley: ${certFlag} and ${keyFlag}: .*mismatch`));
  });
});

test("--help lists every setting and its variable", async () => {
  const { code, out } = await run("serve", "--help");
  expect(code).toBe(0);
  expect(out).toContain("--resume-window <seconds>");
  expect(out).toContain("PARLEY_RESUME_WINDOW");
});

/** A program that throws and nobody catches it, when it is asked to by a signal. */
const faulty = [
  "--import",
  `data:text/javascript,${encodeURIComponent(`process.on("SIGUSR2", () => { throw new Error("a fault of its own"); })`)}`,
];

/** The program as a server; `said` is what it has written. */
async function serve(...flags: string[]) {
  const page = flags.includes("--page") ? [] : ["--page", "false"];
  const child = spawn(process.execPath, [...faulty, main, "serve", "--port", "0", ...page, ...flags], {
    env: { ...process.env, PARLEY_STUN_URL: "stun:stun.example" },
  });
  let out = "";
  child.stdout.setEncoding("utf8");
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`it ended: ${out}`)));
    child.stdout.on("data", (text: string) => {
      out += text;
      const found = /is at (http:\S+)/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, url, said: () => out, exited: once(child, "exit") };
}

test("the program says where it is, with its secrets masked, and stops on SIGTERM", async () => {
  const { child, url, said, exited } = await serve();
  expect(await (await fetch(`${url}/readyz`)).text()).toBe("ready\n");
  expect(await (await fetch(`${url}/healthz`)).text()).toBe("alive\n");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  expect(said()).toContain("stun:stun.example");
  expect(said()).toContain('"msg":"stopped"');
});

test("a server that serves everyone warns of it, and one on loopback does not", async () => {
  const warned = async (...flags: string[]) => {
    const { child, exited } = await serve(...flags);
    let err = "";
    child.stderr.on("data", (text: Buffer) => {
      err += text;
    });
    child.kill("SIGTERM");
    await exited;
    return err;
  };
  expect(await warned("--host", "0.0.0.0", "--open")).toContain("WARNING: everyone");
  expect(await warned("--open")).toBe("");
});

/** Joins over HTTP, and returns what reads the stream up to a word. */
async function joinBy(url: string): Promise<(word: string) => Promise<void>> {
  const join = JSON.stringify({ join: { room: "standup", nonce: "A".repeat(24) } });
  const envelope = Buffer.concat([Buffer.from([0, 0, 0, 0, join.length]), Buffer.from(join)]);
  const stream = await fetch(`${url}/parley.v1.SignalingService/Receive`, {
    method: "POST",
    headers: { "content-type": "application/connect+json" },
    body: envelope,
  });
  const reader = stream.body?.getReader();
  let heard = "";
  const hear = async (word: string) => {
    while (!heard.includes(word)) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) throw new Error(`the stream ended without ${word}: ${heard}`);
      heard += Buffer.from(value ?? []);
    }
  };
  await hear("welcome");
  return hear;
}

test("the first signal waits for the clients, the second does not", async () => {
  const { child, url, said, exited } = await serve("--drain", "3600");
  const hear = await joinBy(url);
  child.kill("SIGTERM");
  await vi.waitFor(() => expect(said()).toContain('"msg":"stopping"'));
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  child.kill("SIGTERM");
  await hear("goAway");
  await hear("GOING_AWAY");
  expect(await exited).toEqual([1, null]);
  expect(said()).toContain('"msg":"stopped"');
});

test("an unexpected exception is logged once; the node hands its clients on, and exits with 1", async () => {
  const { child, url, said, exited } = await serve("--drain", "3600");
  const hear = await joinBy(url);
  child.kill("SIGUSR2");
  await vi.waitFor(() => expect(said()).toContain('"msg":"stopping"'));
  child.kill("SIGUSR2");
  await hear("goAway");
  await hear("GOING_AWAY");
  expect(await exited).toEqual([1, null]);
  expect(said().match(/"msg":"unexpected exception: stopping"/g)).toHaveLength(1);
  expect(said().match(/a fault of its own/g)?.length).toBeGreaterThanOrEqual(1);
  expect(said()).toContain('"msg":"stopped"');
});

test("a node whose descriptors are used up goes on serving the connections that it has", async () => {
  const { child, url, said } = await serve("--page", "true", "--log-level", "warn");
  try {
    execFileSync("prlimit", ["--pid", String(child.pid), "--nofile=64:64"]);
    const { hostname, port } = new URL(url);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = async (path: string) => {
      const request = httpGet(url + path, { agent });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return response.statusCode;
    };
    expect(await get("/")).toBe(200);
    // Those that find no descriptor are closed by the operating system, or wait in its queue.
    const idle = Array.from({ length: 100 }, () => connect(Number(port), hostname).on("error", () => {}));
    await Promise.all(idle.map((socket) => once(socket, "connect").catch(() => {})));
    await vi.waitFor(() => expect(openFilesOf(child.pid)).toBeGreaterThanOrEqual(62));
    for (const path of ["/", "/page.js", "/page.css", "/healthz"]) expect(await get(path)).toBe(200);
    for (const socket of idle) socket.destroy();
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), {
      timeout: 10_000,
    });
    expect(child.exitCode).toBeNull();
    agent.destroy();
  } finally {
    child.kill("SIGKILL");
  }
  expect(said()).not.toContain("unexpected exception");
});

function openFilesOf(pid: number | undefined): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
