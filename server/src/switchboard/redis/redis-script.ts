import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A Lua script, as Redis runs it. */
export interface RedisScript {
  readonly source: string;
  /** The name by which `EVALSHA` knows it. */
  readonly sha: string;
}

function read(name: string): string {
  return readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), "utf8");
}

function script(source: string): RedisScript {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

const prelude = read("prelude");
const roomScript = (name: string) => script(`${prelude}\n${read(name)}`);

/** The scripts of one room: their key is `Keys.room`, and they begin with the arguments of the prelude. */
export const roomScripts = {
  join: roomScript("join"),
  resume: roomScript("resume"),
  submit: roomScript("submit"),
  report: roomScript("report"),
  detach: roomScript("detach"),
  abandon: roomScript("abandon"),
  reap: roomScript("reap"),
  bereave: roomScript("bereave"),
  census: script(read("census")),
};

/** The scripts over the nodes. */
export const nodeScripts = {
  lease: script(read("lease")),
  bury: script(read("bury")),
  due: script(read("due")),
  schedule: script(read("schedule")),
  note: script(read("note")),
  claim: script(read("claim")),
  retire: script(read("retire")),
  tokenKeys: script(read("token-keys")),
};
