import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../../scripts/programs.ts";
import { until } from "../kit/until.ts";
import { freePort } from "../redis/redis-server.ts";
import type { Identity } from "../redis/test-authority.ts";

export interface MosquittoOptions {
  /** Keeps what is retained and what waits for clients, across restarts. */
  readonly persistence?: boolean;
  readonly aclFile?: string;
  /** By name. Without any, everyone may connect. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Speaks TLS alone, under this identity. */
  readonly identity?: Identity;
}

/** A real mosquitto on a free port. Kill it, start it again. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #isSecure: boolean;
  #process: ChildProcess | undefined;
  #said = "";

  private constructor(port: number, folder: string, isSecure: boolean) {
    this.port = port;
    this.#folder = folder;
    this.#isSecure = isSecure;
  }

  static async start(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), "parley-mosquitto-"));
    const broker = new Mosquitto(await freePort(), folder, options.identity !== undefined);
    await broker.#configure(options);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `${this.#isSecure ? "mqtts" : "mqtt"}://127.0.0.1:${this.port}`;
  }

  /** Starts it, again, on the same port and data; resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(programOf("mosquitto"), ["-v", "-c", join(this.#folder, "mosquitto.conf")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#said = "";
    const running = Promise.withResolvers<void>();
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding("utf8").on("data", (text: string) => {
        this.#said += text;
        if (/mosquitto version .* running/.test(this.#said)) running.resolve();
      });
    }
    const ended = once(child, "close").then(() => {
      throw new Error(`mosquitto ended:\n${this.#said}`);
    });
    ended.catch(() => {});
    await Promise.race([running.promise, ended]);
  }

  /** Resolves when a client has subscribed to exactly this. */
  async subscribed(filter: string): Promise<void> {
    await until(
      () => new RegExp(`\\t${filter} \\(QoS \\d\\)`).test(this.#said),
      () => `a subscription to ${filter}:\n${this.#said}`,
    );
  }

  /** As the machine does when it runs out of memory. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #configure({ persistence = false, aclFile, passwords, identity }: MosquittoOptions): Promise<void> {
    const passwordFile = join(this.#folder, "passwords");
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      // As root it would become another user, who may not write here.
      "user root",
      `allow_anonymous ${passwords === undefined}`,
      `persistence ${persistence}`,
      `persistence_location ${this.#folder}/`,
      "autosave_on_changes true",
      "autosave_interval 1",
      ...(passwords === undefined ? [] : [`password_file ${passwordFile}`]),
      ...(aclFile === undefined ? [] : [`acl_file ${aclFile}`]),
      ...(identity === undefined ? [] : [`certfile ${identity.certFile}`, `keyfile ${identity.keyFile}`]),
    ];
    await writeFile(join(this.#folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
    if (passwords === undefined) return;
    await writeFile(passwordFile, "", { mode: 0o600 });
    for (const [name, password] of Object.entries(passwords)) {
      const { status } = spawnSync(programOf("mosquitto_passwd"), ["-b", passwordFile, name, password]);
      if (status !== 0) throw new Error(`mosquitto_passwd failed for ${name}`);
    }
  }
}

function programOf(name: string): string {
  const program = findProgram(name);
  if (program === undefined) throw new Error(`${name} is not installed`);
  return program;
}
