/**
 * Collects from a stack for Node, and prints what it got as JSON. A process of its own: native stacks keep theirs alive.
 *
 *     node test/vectors/collect/node-stack.ts <name> <folder in which the stack is installed>
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import type { Vectors } from "../vector.ts";
import { playNodeDataChannel } from "./node-data-channel.ts";
import { playScenarios } from "./w3c-scenarios.ts";

const [name, folder] = process.argv.slice(2);
if (name === undefined || folder === undefined) throw new Error("name a stack and its folder");
const stack = createRequire(join(folder, "package.json"))(name);
const { version } = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8"));
const collected =
  name === "node-datachannel"
    ? await playNodeDataChannel(20, stack)
    : await playScenarios(20, stack.RTCPeerConnection);
const vectors: Vectors = { stack: name, version, ...collected };
process.stdout.write(JSON.stringify(vectors), () => process.exit());
