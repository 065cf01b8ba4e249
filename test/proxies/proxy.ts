import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { until } from "../kit/until.ts";
import type { Certificate } from "./certificate.ts";
import type { RunningProcess } from "./running-process.ts";

/** What a proxy is to be run with. */
export interface ProxyPlan {
  /** Where its files may be written. */
  readonly folder: string;
  readonly port: number;
  /** The ports of the nodes on the loopback. */
  readonly nodes: readonly number[];
  readonly certificate: Certificate;
}

/** A reverse proxy, and how it is run with its committed configuration. */
export interface ReverseProxy {
  readonly name: string;
  /** The program that has to be installed, what brings it, and the argument by which it prints its version. */
  readonly program: string;
  readonly package: string;
  readonly versionArgument: string;
  /** How many sessions a gRPC client can hold over one channel through it. */
  readonly sessionsPerChannel: number;
  /** Whether it serves HTTP/3 with its committed configuration. */
  readonly http3?: boolean;
  /** Starts it. Nothing is awaited: `answers` resolves when it is there. */
  start(plan: ProxyPlan): RunningProxy;
}

export interface RunningProxy {
  readonly process: RunningProcess;
  /** Reads its configuration again, as an operator would have it do. */
  reload(): Promise<void>;
  /** Ends it at once, with every connection. */
  stop(): Promise<void>;
}

/** A committed configuration, with the values that a machine has to give. Each has to occur in it. */
export function configuration(file: string, values: Readonly<Record<string, string>>): string {
  const path = fileURLToPath(new URL(`../../deploy/proxies/${file}`, import.meta.url));
  let text = readFileSync(path, "utf8");
  for (const [from, to] of Object.entries(values)) {
    if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** Waits until a node answers through the proxy. */
export async function answers(proxy: RunningProxy, url: string, ca: string): Promise<void> {
  const answered = async () => {
    if (proxy.process.hasExited) throw new Error("the proxy ended");
    return (await get(`${url}/readyz`, ca)) === 200;
  };
  await until(answered, "an answer through the proxy", 15_000).catch((error: unknown) => {
    throw new Error(`the proxy said: ${proxy.process.output}`, { cause: error });
  });
}

/** The status of an answer on a new connection, or undefined if there is none. */
export function get(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(url, { ca, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
