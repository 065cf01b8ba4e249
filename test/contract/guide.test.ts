import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "./stage/log-book.ts";
import { configOf } from "./stage/stage.ts";

const page = (name: string) => new URL(`../../${name}`, import.meta.url);
const address = "http://127.0.0.1:8080";
const mark = "=== end of a block ===";

/** A block of commands, and the output that the page shows for it; `…` stands for anything. */
interface Step {
  readonly commands: string;
  readonly shown: string | undefined;
}

/** The commands of one section of a page, in order. */
async function stepsOf(name: string, heading: string): Promise<Step[]> {
  const text = await readFile(page(name), "utf8");
  const [, section = ""] = text.split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  const blocks = body.matchAll(/```sh\n(.*?)```\n(?:\n```text\n(.*?)```)?/gs);
  return [...blocks].map(([, commands = "", shown]) => ({ commands, shown }));
}

/** What a shell prints for each step; the steps share its variables. */
async function run(steps: readonly Step[], url: string): Promise<string[]> {
  const script = steps.map(({ commands }) => `${commands}\necho '${mark}'\n`).join("");
  const shell = spawn("sh", ["-eu"], { cwd: page("."), stdio: ["pipe", "pipe", "inherit"] });
  shell.stdin.end(script.replaceAll(address, url));
  const outputs: string[] = [];
  for await (const chunk of shell.stdout) outputs.push(String(chunk));
  return outputs.join("").split(`${mark}\n`).slice(0, -1);
}

function patternOf(shown: string): RegExp {
  const parts = shown.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^\\n]*")}$`);
}

let server: Server;
let url: string;
beforeAll(async () => {
  server = new Server(await configOf([]), { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(() => server.close(0));

describe.each([
  ["docs/guide.md", "From curl"],
  ["docs/transports.md", "REST and events"],
  ["README.md", "Without the SDK"],
])("%s, %s", (name, heading) => {
  test("the commands work, and print what the page shows", async () => {
    const steps = await stepsOf(name, heading);
    expect(steps.some(({ shown }) => shown !== undefined)).toBe(true);
    const outputs = await run(steps, url);
    expect(outputs).toHaveLength(steps.length);
    for (const [index, { shown = "" }] of steps.entries()) {
      expect(outputs[index]?.trimEnd()).toMatch(patternOf(shown.trimEnd()));
    }
  });
});
