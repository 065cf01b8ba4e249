import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "./certificate.ts";
import { type ParleyNode, startNode } from "./parley-node.ts";
import { answers, freePort, type ProxyPlan, type ReverseProxy, type RunningProxy } from "./proxy.ts";

/** Nodes of the service behind one proxy. */
export class Scene implements AsyncDisposable {
  readonly nodes: ParleyNode[];
  readonly url: string;
  readonly #proxy: ReverseProxy;
  readonly #plan: ProxyPlan;
  #running: RunningProxy;

  readonly #flags: readonly (readonly string[])[];

  private constructor(
    proxy: ReverseProxy,
    plan: ProxyPlan,
    nodes: ParleyNode[],
    flags: readonly (readonly string[])[],
  ) {
    this.#proxy = proxy;
    this.#plan = plan;
    this.nodes = nodes;
    this.#flags = flags;
    this.url = `https://localhost:${plan.port}`;
    this.#running = proxy.start(plan);
  }

  /** Starts as many nodes as there are lists of flags, and the proxy in front of them. */
  static async start(proxy: ReverseProxy, flags: readonly (readonly string[])[]): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), "parley-proxy-"));
    const certificate = makeCertificate(folder);
    const nodes = await Promise.all(flags.map((each, index) => startNode(`node-${index + 1}`, each)));
    const ports = nodes.map(({ port }) => port);
    const plan = { folder, certificate, port: await freePort(), nodes: ports };
    const scene = new Scene(proxy, plan, nodes, flags);
    try {
      await scene.#answers();
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
    return scene;
  }

  get ca(): string {
    return this.#plan.certificate.ca;
  }

  /** Starts a node again that has ended, on the port that it had. */
  async startNode(name: string): Promise<void> {
    const index = this.nodes.findIndex((node) => node.name === name);
    const ended = this.nodes[index];
    if (ended === undefined) throw new Error(`no node ${name}`);
    await ended.process.exited();
    this.nodes[index] = await startNode(name, this.#flags[index], { port: ended.port });
  }

  /** Ends the proxy with all its connections. */
  stopProxy(): Promise<void> {
    return this.#running.stop();
  }

  /** Starts the proxy again on the port that it had. */
  async startProxy(): Promise<void> {
    this.#running = this.#proxy.start(this.#plan);
    await this.#answers();
  }

  async reloadProxy(): Promise<void> {
    await this.#running.reload();
    await this.#answers();
  }

  #answers(): Promise<void> {
    return answers(this.#running, this.url, this.ca);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.stop();
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
    rmSync(this.#plan.folder, { recursive: true });
  }
}
