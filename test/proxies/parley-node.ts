import process from "node:process";
import { fileURLToPath } from "node:url";
import { RunningProcess } from "./running-process.ts";

const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));

/** One node of the service in a process of its own. */
export interface ParleyNode extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly process: RunningProcess;
}

export interface NodeProcess {
  /** @default any that is free */
  readonly port?: number;
  /** What its environment has beside that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
}

export async function startNode(
  name: string,
  flags: readonly string[] = [],
  { port = 0, environment = {} }: NodeProcess = {},
): Promise<ParleyNode> {
  const args = [main, "serve", "--node", name, "--port", `${port}`, "--log-level", "warn", ...flags];
  const running = new RunningProcess(process.execPath, args, environment);
  const [, url = ""] = await running.says(/ is at (https?:\S+)/);
  return {
    name,
    url,
    port: Number(new URL(url).port),
    process: running,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
