import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { ways } from "../contract/ways/index.ts";

const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));
const rules = ["--issuer", "https://app.example", "--audience", "parley"];

async function token(...flags: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, "token", ...rules, ...flags]);
  return stdout.trim();
}

/** The server as a process of its own: its address, and that of its administration, if it has one. */
async function serve(...flags: string[]): Promise<{ url: string; adminUrl: string }> {
  const serverRules = ["--token-issuer", "https://app.example", "--token-audience", "parley"];
  const child = spawn(process.execPath, [
    main,
    "serve",
    "--port",
    "0",
    "--page",
    "false",
    ...serverRules,
    ...flags,
  ]);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let out = "";
  for await (const chunk of child.stdout) {
    out += String(chunk);
    const url = /Parley \S+ is at (http:\S+)/.exec(out)?.[1];
    const adminUrl = /admin API is at (http:\S+)/.exec(out)?.[1] ?? "";
    if (url !== undefined) return { url, adminUrl };
  }
  throw new Error(`it ended: ${out}`);
}

test("a key of openssl, a server with its public half, and a token of its private half", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-token-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [key, publicKey] = [join(folder, "key.pem"), join(folder, "public.pem")];
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]);
  execFileSync("openssl", ["pkey", "-in", key, "-pubout", "-out", publicKey]);
  const { url } = await serve("--token-key", publicKey);
  const good = await token("--key", key, "--sub", "ada", "--room", "standup", "--trusted", "name=Ada");
  for (const way of ways) {
    const join = { case: "join", value: { room: "standup" } } as const;
    const stranger = way.open(url, join);
    expect(await stranger.inbox.next()).toMatchObject({ reason: "ACCESS_TOKEN_REQUIRED" });
    const ada = way.open(url, join, { token: good });
    expect(await ada.inbox.next()).toMatchObject({
      body: { case: "welcome", value: { you: { peerId: "ada", trusted: { name: "Ada" } } } },
    });
    ada.cut();
    const elsewhere = way.open(url, { case: "join", value: { room: "other" } }, { token: good });
    expect(await elsewhere.inbox.next()).toMatchObject({ reason: "ACCESS_DENIED" });
  }
});

test("no token is made with grants that the service does not accept", async () => {
  const made = (...grants: string[]) => {
    const secret = ["--secret", "0123456789abcdef0123456789abcdef"];
    return token(...secret, "--sub", "ada", "--room", "standup", "--grant", ...grants);
  };
  await expect(made("send", "hidden")).rejects.toThrow("a hidden peer must not be granted send");
  await expect(made("fly")).rejects.toThrow(
    "Allowed choices are join, send, receive, update, turn, admit, admin, hidden.",
  );
});

test("a peer is kicked, a room closed and a token revoked from a shell", async () => {
  const secret = ["--secret", "0123456789abcdef0123456789abcdef"];
  const { url, adminUrl } = await serve(
    "--token-secret",
    "0123456789abcdef0123456789abcdef",
    "--admin-port",
    "0",
  );
  const admin = await token(...secret, "--sub", "root", "--room", "*", "--grant", "admin");
  const run = async (...args: string[]) => {
    const env = { ...process.env, PARLEY_ADMIN_URL: adminUrl, PARLEY_ADMIN_TOKEN: admin };
    return (await promisify(execFile)(process.execPath, [main, ...args], { env })).stdout;
  };
  const [way] = ways;
  const join = { case: "join", value: { room: "standup" } } as const;
  const streams = await Promise.all(
    ["ada", "bob", "eve"].map(async (sub) => {
      const bearer = { token: await token(...secret, "--sub", sub, "--room", "standup") };
      const stream = way?.open(url, join, bearer);
      await stream?.inbox.next();
      return stream;
    }),
  );
  const ends = streams.map(async (stream) => {
    for (;;) {
      const next = await stream?.inbox.next();
      if (next !== undefined && "code" in next) return next.reason;
    }
  });
  expect(await run("kick", "standup", "ada")).toBe("1 session ended\n");
  expect(await ends[0]).toBe("PEER_REMOVED");
  expect(await run("revoke", "--sub", "bob")).toBe("revoked\n");
  expect(await ends[1]).toBe("ACCESS_TOKEN_REVOKED");
  expect(await run("close", "standup")).toBe("1 session ended\n");
  expect(await ends[2]).toBe("PEER_REMOVED");
  const alone = { env: { ...process.env, PARLEY_ADMIN_URL: adminUrl } };
  const refused = promisify(execFile)(process.execPath, [main, "close", "standup"], alone);
  await expect(refused).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("requires an access token"),
  });
});

test.each([
  ["no key", []],
  ["a short secret", ["--secret", "short"]],
  ["an endless life", ["--secret", "0123456789abcdef0123456789abcdef", "--for", "ever"]],
  ["a file that is not there", ["--key", "/absent.pem"]],
  ["a room that is none", ["--secret", "0123456789abcdef0123456789abcdef", "--room", "a room"]],
])("a token with %s is refused in words for people", async (_, flags) => {
  const failed = token("--sub", "ada", "--room", "standup", ...flags);
  await expect(failed).rejects.toMatchObject({ code: 2, stdout: "" });
  await expect(failed).rejects.toMatchObject({ stderr: expect.stringMatching(/^parley: (?!.* {4}at )/) });
});
