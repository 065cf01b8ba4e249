import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { findProgram } from "../../../scripts/programs.ts";

/** A TURN server on this machine. While it is stopped, all media of the links that are bound to it is lost. */
export class Relay implements AsyncDisposable {
  readonly rtcConfiguration: RTCConfiguration;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    const iceServers = [{ urls: `turn:127.0.0.1:${port}?transport=udp`, username: "u", credential: "p" }];
    this.rtcConfiguration = { iceTransportPolicy: "relay", iceServers };
  }

  static async start(port: number): Promise<Relay> {
    const program = findProgram("turnserver");
    if (program === undefined) throw new Error("install turnserver first: scripts/require-system.ts");
    const args = [
      "-n",
      "--no-cli",
      "--no-tls",
      "--no-dtls",
      "--lt-cred-mech",
      "--user",
      "u:p",
      "--realm",
      "full",
    ];
    const addresses = ["--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--allow-loopback-peers"];
    const child = spawn(
      program,
      [...args, ...addresses, "--listening-port", String(port), "--log-file", "stdout"],
      {
        stdio: ["ignore", "ignore", "ignore"],
      },
    );
    // It reports nothing that could be waited for.
    await wait(1_000);
    return new Relay(child, port);
  }

  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
