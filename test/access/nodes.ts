import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { NodeProcess } from "../kit/node-process.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { Backend } from "./backend.ts";
import { Issuer } from "./issuer.ts";

/** The nodes of a service, which accept the tokens of one issuer and ask one backend about each join. */
export class Nodes implements AsyncDisposable {
  readonly issuer = new Issuer();
  readonly #redis: RedisServer;
  readonly #backend: Backend;
  readonly #servers: Server[] = [];

  private constructor(redis: RedisServer, backend: Backend) {
    this.#redis = redis;
    this.#backend = backend;
  }

  /** The service without a node, with what its backend is started with. */
  static async open(...backend: Parameters<typeof Backend.start>): Promise<Nodes> {
    return new Nodes(await RedisServer.start(), await Backend.start(...backend));
  }

  /** The flags with which nodes share their sessions. */
  get shared(): readonly string[] {
    return ["--redis-url", this.#redis.url];
  }

  async start(...flags: readonly string[]) {
    const server = new Server(await configOf([...this.#usual, ...flags]), { logger: new LogBook() });
    this.#servers.push(server);
    const { url, adminPort } = await server.start();
    return { server, url, admin: `http://127.0.0.1:${adminPort}` };
  }

  /** A node in a process of its own, which its user ends. */
  startProcess(...flags: readonly string[]): Promise<NodeProcess> {
    return NodeProcess.start(...this.#usual, ...flags);
  }

  get #usual(): readonly string[] {
    return [...this.issuer.flags, ...this.#backend.flags, "--admin-port", "0"];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server.close(0);
    await this.#backend[Symbol.asyncDispose]();
    await this.#redis[Symbol.asyncDispose]();
    this.issuer[Symbol.dispose]();
  }
}
