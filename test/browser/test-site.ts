import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const blank = `<!doctype html><meta charset="utf-8"><title>peer</title><script type="module" src="/peer.js"></script>`;

let script: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page/peer.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "chrome110",
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0]?.text ?? "";
}

/** Serves a blank page with the client on it, and takes calls from it. */
export class TestSite {
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #script: string;
  readonly #calls = new Map<string, () => void>();

  private constructor(script: string) {
    this.#script = script;
  }

  static async start(): Promise<TestSite> {
    script ??= bundle();
    const site = new TestSite(await script);
    site.#server.listen(0, "127.0.0.1");
    await once(site.#server, "listening");
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Calls a function each time the path is posted to, before the answer goes out. */
  onPost(path: string, call: () => void): void {
    this.#calls.set(path, call);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "/";
    const call = request.method === "POST" ? this.#calls.get(path) : undefined;
    if (call !== undefined) {
      call();
      response.end();
    } else if (path === "/") {
      response.setHeader("content-type", "text/html").end(blank);
    } else if (path === "/peer.js") {
      response.setHeader("content-type", "text/javascript").end(this.#script);
    } else {
      response.writeHead(404).end();
    }
  }
}
