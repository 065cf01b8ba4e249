import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** Runs the program to its end. */
async function run(...flags: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...flags], (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

describe("the program refuses, with a word for people and no trace of the code", () => {
  test.each([
    [1, ["--port", "65536"], "whole number from 0 to 65535"],
    [1, ["--heartbeat", "0"], "seconds from 0.1 to 300"],
    [1, ["--heartbeat", "soon"], "seconds from 0.1 to 300"],
    [1, ["--open", "perhaps"], "true or false"],
    [1, ["--duplicate-peer-id", "both"], "reject, replace"],
    [1, ["--prot", "1"], "--port"],
    [2, ["--host", "0.0.0.0"], "--open"],
  ])("exit %i: %j", async (code, flags, word) => {
    const outcome = await run("serve", ...flags);
    expect(outcome).toMatchObject({ code, out: "" });
    expect(outcome.err).toContain(word);
    expect(outcome.err).not.toContain("    at ");
  });
});

test("--help tells of every setting and its variable", async () => {
  const { code, out } = await run("serve", "--help");
  expect(code).toBe(0);
  expect(out).toContain("--resume-window <seconds>");
  expect(out).toContain("PARLEY_RESUME_WINDOW");
});

test("the program says where it is, with its secrets masked, and stops on SIGTERM", async () => {
  const child = spawn(process.execPath, [main, "serve", "--port", "0", "--page", "false"], {
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
  expect(await (await fetch(`${url}/readyz`)).text()).toBe("ready\n");
  expect(await (await fetch(`${url}/healthz`)).text()).toBe("alive\n");
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  expect(out).toContain("stun:stun.example");
  expect(out).toContain('"msg":"stopped"');
});
