import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { within } from "../../kit/within.ts";
import type { PeerEvent } from "../peer-event.ts";
import type { Crowd, Place } from "./crowd.ts";

/** A program in another language that is a crowd: see drills.md. */
export interface OutsideProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
}

const joinMs = 60_000;

/**
 * Peers of the session code of an example, in pairs, all over one channel. The program prints what happens as JSON, a
 * `PeerEvent` without its time on each line, and everything else as it likes; a line on its input asks it to be quiet.
 */
export function outsideCrowd({ name, command, args, folder }: OutsideProgram, place: Place): Crowd {
  const peers = Array.from({ length: 4 }, (_, index) => `${name}-${index}`);
  const nodeOf = new Map<string, string>();
  const joined = Promise.withResolvers<void>();
  const said: string[] = [];
  let child: ChildProcess | undefined;
  const take = (line: string) => {
    if (!line.startsWith("{")) return void said.push(line);
    const event = { at: Date.now(), ...JSON.parse(line) } as PeerEvent;
    if (event.kind === "open") nodeOf.set(event.peer, event.node);
    if (nodeOf.size === peers.length) joined.resolve();
    place.record(event);
  };
  return {
    name,
    peers,
    rooms: {},
    join() {
      const server = new URL(place.url).host;
      const flags = ["--server", server, "--ca", place.caFile, "--peers", peers.join(",")];
      child = spawn(command, [...args, ...flags], { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
      for (const output of [child.stdout, child.stderr]) {
        if (output !== null) createInterface(output).on("line", take);
      }
      child.once("exit", (code) =>
        joined.reject(new Error(`${name} ended with ${code}:\n${said.join("\n")}`)),
      );
      const kill = () => void child?.kill("SIGKILL");
      process.once("exit", kill);
      child.once("exit", () => process.off("exit", kill));
      return within(joinMs, `${name} to join`, joined.promise);
    },
    nodes: async () => [...nodeOf.values()],
    async quiet() {
      child?.stdin?.write("quiet\n");
    },
    async [Symbol.asyncDispose]() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}
