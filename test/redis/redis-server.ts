import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { findProgram } from "../../scripts/programs.ts";
import type { Identity } from "./test-authority.ts";

/** A real Redis on a free port, with its data in a folder of its own. Keep it, stop it, start it again. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #options: readonly string[];
  readonly #identity: Identity | undefined;
  #process: ChildProcess | undefined;

  private constructor(
    port: number,
    folder: string,
    options: readonly string[],
    identity: Identity | undefined,
  ) {
    this.port = port;
    this.#folder = folder;
    this.#options = options;
    this.#identity = identity;
  }

  /** @param options of redis-server, such as `--appendonly yes`. */
  static start(...options: readonly string[]): Promise<RedisServer> {
    return RedisServer.startAs(undefined, ...options);
  }

  /** Starts one that speaks TLS alone, under this identity; in clear text where there is none. */
  static async startAs(identity: Identity | undefined, ...options: readonly string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), "parley-redis-"));
    const server = new RedisServer(await freePort(), folder, options, identity);
    await server.start();
    return server;
  }

  get url(): string {
    return `${this.#identity === undefined ? "redis" : "rediss"}://127.0.0.1:${this.port}`;
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
    const place = portOptions(this.port, this.#identity);
    const args = [...place, "--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
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
    while (!(await ping(this.port, this.#identity))) await new Promise((resolve) => setTimeout(resolve, 20));
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

/** On what port a server listens, and how: as options of a server, a replica, a sentinel or a node of a cluster. */
export function portOptions(port: number, identity: Identity | undefined): readonly string[] {
  if (identity === undefined) return ["--port", `${port}`];
  const { caFile, certFile, keyFile } = identity;
  return [
    ...["--port", "0", "--tls-port", `${port}`, "--tls-ca-cert-file", caFile],
    ...["--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no"],
    ...["--tls-replication", "yes", "--tls-cluster", "yes"],
  ];
}

/** Whether a Redis answers on a port, and has read its data. */
function ping(port: number, identity: Identity | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const address = { port, host: "127.0.0.1" };
    const say = () => socket.write("PING\r\n");
    const socket =
      identity === undefined ? connect(address, say) : connectTls({ ...address, ...asItself(identity) }, say);
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (data) => done(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}

/** The server's own identity, for one that asks its clients; who answers on its own port need not be asked. */
function asItself({ certFile, keyFile }: Identity) {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile), rejectUnauthorized: false };
}
