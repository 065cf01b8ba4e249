import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../../scripts/programs.ts";

/** A real Redis on a free port, with its data in a folder of its own. Keep it, stop it, start it again. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
  }

  /** @param options of redis-server, such as `--appendonly yes`. */
  static async start(...options: readonly string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), "parley-redis-"));
    const server = new RedisServer(await freePort(), folder, options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Where its data is, and whatever else a test puts there. */
  get folder(): string {
    return this.#folder;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it, again, on the same port and data; resolves when it answers. */
  async start(): Promise<void> {
    const args = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
    const program = findProgram("redis-server");
    if (program === undefined) throw new Error("redis-server is not installed");
    const child = spawn(program, [...args, ...this.#options], { stdio: "ignore" });
    this.#process = child;
    const exited = once(child, "exit").then(() => {
      throw new Error("redis-server ended");
    });
    exited.catch(() => {});
    await Promise.race([this.#answers(), exited]);
  }

  /** Ends it: by SIGTERM it writes down what it has; by SIGKILL it does not. Resolves when it is gone. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    while (!(await ping(this.port))) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Whether a Redis answers on a port, and has read its data. */
function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (data) => done(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}
