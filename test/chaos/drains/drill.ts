import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TcpProxy } from "../../kit/tcp-proxy.ts";
import { until } from "../../kit/until.ts";
import { makeCertificate } from "../../proxies/certificate.ts";
import { type ParleyNode, startNode } from "../../proxies/parley-node.ts";
import { RedisServer } from "../../redis/redis-server.ts";
import { HistoryFile } from "../history/history-file.ts";
import { Oracle, type Verdict } from "../oracle.ts";
import type { PeerEvent } from "../peer-event.ts";
import { randomFrom } from "../random.ts";
import type { Crowd, Place } from "./crowd.ts";
import { Streams } from "./streams.ts";

/** How often a balancer checks readiness, in milliseconds: within the default of `--drain-delay`. */
const checkMs = 500;
const settleMs = 15_000;
const windowS = 30;

export interface DrillPlan {
  readonly nodes: number;
  readonly drainS: number;
  /** All nodes one after the other, each started again; or only the first. */
  readonly rolling: boolean;
}

export interface DrillOutcome {
  readonly verdict: Verdict;
  readonly streams: Streams;
  readonly failures: readonly string[];
}

/** Nodes with TLS on one Redis, behind a balancer that knows nothing of HTTP but the readiness of its nodes. */
export class Drill implements AsyncDisposable {
  readonly place: Place;
  readonly #nodes: ParleyNode[];
  readonly #flags: readonly string[];
  readonly #plan: DrillPlan;
  readonly #parts: AsyncDisposableStack;
  readonly #oracle = new Oracle();
  readonly #streams = new Streams();
  #history: HistoryFile | undefined;
  readonly #ready: Set<number>;
  /** Which nodes were stopped, and under whom. */
  readonly stopped: string[] = [];

  private constructor(
    plan: DrillPlan,
    nodes: ParleyNode[],
    flags: readonly string[],
    place: Omit<Place, "record" | "write">,
    ready: Set<number>,
    parts: AsyncDisposableStack,
  ) {
    this.#plan = plan;
    this.#nodes = nodes;
    this.#flags = flags;
    this.#ready = ready;
    this.#parts = parts;
    const record = (event: PeerEvent) => {
      this.#oracle.take(event);
      this.#streams.take(event);
    };
    this.place = { ...place, record, write: (line) => this.#history?.write(line) };
  }

  static async start(plan: DrillPlan): Promise<Drill> {
    await using parts = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), "parley-drill-"));
    parts.defer(() => rmSync(folder, { recursive: true }));
    const { certFile, keyFile, ca } = makeCertificate(folder);
    const redis = parts.use(await RedisServer.start("--appendonly", "yes"));
    const times = ["--drain", `${plan.drainS}`, "--resume-window", `${windowS}`, "--heartbeat", "5"];
    const flags = ["--redis-url", redis.url, "--tls-cert", certFile, "--tls-key", keyFile, ...times];
    const names = Array.from({ length: plan.nodes }, (_, index) => `n${index + 1}`);
    const nodes = await Promise.all(names.map((name) => startNode(name, flags)));
    parts.defer(async () => {
      for (const node of nodes) await node[Symbol.asyncDispose]();
    });
    const ready = new Set(nodes.map(({ port }) => port));
    const balancer = parts.use(await TcpProxy.start(() => [...ready]));
    const checking = setInterval(() => void checkAll(nodes, ca, ready), checkMs);
    parts.defer(() => clearInterval(checking));
    const place = { url: `https://localhost:${balancer.port}`, ca, caFile: certFile };
    return new Drill(plan, nodes, flags, place, ready, parts.move());
  }

  /** Stops nodes under the crowds, and finds out what became of every signal. */
  async run(crowds: readonly Crowd[]): Promise<DrillOutcome> {
    const failures: string[] = [];
    const began = Date.now();
    await using history = new HistoryFile(join(tmpdir(), `parley-drill-${began}.jsonl`), {
      ...{ t: began, e: "start", mayLose: false, windowMs: windowS * 1000 },
      rooms: Object.assign({}, ...crowds.map(({ rooms }) => rooms)),
    });
    this.#history = history;
    await Promise.all(crowds.map((crowd) => crowd.join()));
    await pause(3000);
    const count = this.#plan.rolling ? this.#nodes.length : 1;
    for (let index = 0; index < count; index++) await this.#stop(index, crowds, failures);
    await pause(3000);
    await Promise.all(crowds.map((crowd) => crowd.quiet()));
    await until(async () => this.#oracle.outstanding === 0, "every signal to be settled", settleMs).catch(
      () => failures.push(`${this.#oracle.outstanding} signals were not settled in time`),
    );
    const verdict = this.#oracle.verdict();
    this.#history = undefined;
    failures.push(...(await history.judge(randomFrom(began))));
    const { sent, received, told, examples, ...never } = verdict;
    for (const [name, count] of Object.entries(never)) if (count > 0) failures.push(`${name}: ${count}`);
    if (sent === 0 || received !== sent)
      failures.push(`sent ${sent}, received ${received}, notified ${told}`);
    if (this.stopped.every((each) => each.endsWith("nobody")))
      failures.push("no node had peers when it was stopped");
    failures.push(...examples, ...this.#streams.problems(crowds.flatMap(({ peers }) => peers)));
    return { verdict, streams: this.#streams, failures };
  }

  async #stop(index: number, crowds: readonly Crowd[], failures: string[]): Promise<void> {
    const node = this.#nodes[index];
    if (node === undefined) return;
    const isOn = async () => {
      const nodes = await Promise.all(crowds.map((crowd) => crowd.nodes()));
      return crowds.filter((_, at) => nodes[at]?.includes(node.name)).map(({ name }) => name);
    };
    const had = await isOn();
    this.stopped.push(`${node.name} under ${had.join(", ") || "nobody"}`);
    node.process.signal("SIGTERM");
    await until(async () => node.process.hasExited, `${node.name} to end`, (this.#plan.drainS + 10) * 1000);
    if (node.process.endedBy !== 0) failures.push(`${node.name} ended by ${node.process.endedBy}`);
    await until(async () => (await isOn()).length === 0, "all to be elsewhere", 5000).catch(async () =>
      failures.push(`${(await isOn()).join(", ")} did not leave ${node.name}`),
    );
    if (!this.#plan.rolling) return;
    const next = await startNode(node.name, this.#flags);
    this.#nodes[index] = next;
    await until(async () => this.#ready.has(next.port), `${node.name} to be ready`, 10_000);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

async function checkAll(nodes: readonly ParleyNode[], ca: string, ready: Set<number>): Promise<void> {
  await Promise.all(
    nodes.map(async ({ port }) => {
      if (await isReady(port, ca)) ready.add(port);
      else ready.delete(port);
    }),
  );
  for (const port of [...ready]) if (!nodes.some((node) => node.port === port)) ready.delete(port);
}

function isReady(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { port, ca, host: "localhost", path: "/readyz", agent: false, timeout: 2000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
