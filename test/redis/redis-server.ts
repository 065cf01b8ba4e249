import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { findProgram } from "../../scripts/programs.ts";
import type { Identity } from "./test-authority.ts";

/** How far above its port a node of a cluster speaks with the others. */
const clusterBusOffset = 10_000;
/** How much of its last words is kept, for when it ends. */
const saidCharacters = 2000;

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

  /** Starts one that speaks TLS alone, under this identity; in clear text if there is none. */
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
    const child = spawn(program, [...args, ...this.#options], { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    const ready = Promise.withResolvers<void>();
    const over = new AbortController();
    let said = "";
    for (const output of [child.stdout, child.stderr])
      output.setEncoding("utf8").on("data", (text: string) => {
        said = `${said}${text}`.slice(-saidCharacters);
        if (said.includes("Ready to accept connections")) ready.resolve();
      });
    // By its close it has said all that it had to say.
    const ended = once(child, "close").then(() => {
      over.abort();
      throw new Error(`redis-server ended on port ${this.port}:\n${said}`);
    });
    ended.catch(() => {});
    // It is asked once it is ready: another may answer on a port that this one does not get.
    await Promise.race([ready.promise.then(() => this.#answers(over.signal)), ended]);
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

  async #answers(ended: AbortSignal): Promise<void> {
    while (!ended.aborted && !(await ping(this.port, this.#identity)))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * A port that nobody listens on, and that the system gives to nobody who connects elsewhere: a server that is started
 * again finds it free. The same holds for the port 10000 above it, which a node of a cluster takes as well.
 */
export async function freePort(): Promise<number> {
  const lowest = firstEphemeralPort() - 2 * clusterBusOffset;
  for (;;) {
    const port = lowest + randomInt(clusterBusOffset);
    if ((await isFree(port)) && (await isFree(port + clusterBusOffset))) return port;
  }
}

/** Where the ports begin that the system chooses from; at 32768 where it does not say, or too low for others below. */
function firstEphemeralPort(): number {
  const file = "/proc/sys/net/ipv4/ip_local_port_range";
  const first = existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : 0;
  return first > 2 * clusterBusOffset + 1024 ? first : 32_768;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, "listening").then(
    () => true,
    () => false,
  );
  server.listen(port, "127.0.0.1");
  if (!(await listening)) return false;
  server.close();
  await once(server, "close");
  return true;
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
