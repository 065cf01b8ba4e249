import { fileURLToPath } from "node:url";
import { environment } from "./example.ts";
import { Program } from "./program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A server in a process of its own. */
export interface LiveServer extends AsyncDisposable {
  readonly url: string;
  /** Host and port, as gRPC clients want them. */
  readonly address: string;
}

/** Starts a server; on a free port if none is given. */
export async function startServer(port = 0): Promise<LiveServer> {
  const flags = `--port ${port} --drain 1 --log-level warn`;
  const program = new Program("the server", `exec node server/src/main.ts serve ${flags}`, root, environment);
  try {
    const url = /http:\S+/.exec(await program.transcript.line(/ is at http:/))?.[0] ?? "";
    return { url, address: new URL(url).host, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  } catch (error) {
    await program.stop();
    throw error;
  }
}
