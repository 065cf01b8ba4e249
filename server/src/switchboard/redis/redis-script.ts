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

const sessionPart = read("session");
const roomPart = read("room");
/** The part about rooms, and what only it makes possible, as a function: most calls of `submit` do without it. */
const rarePart = `local rare
local function rarely()
  if rare then return rare end
${roomPart}
${read("submit-rarely")}
  return rare
end`;
/** Lets a script run although Redis is full: what frees memory must, and what keeps sessions alive. */
const evenIfFull = "#!lua flags=allow-oom";

/** A script of a room, with what it needs behind its first line, which holds its flags. */
function roomScript(name: string, parts: readonly string[], flags?: string): RedisScript {
  const source = read(name);
  const end = source.indexOf("\n");
  return script([flags ?? source.slice(0, end), sessionPart, ...parts, source.slice(end)].join("\n"));
}

/** The scripts of one room: their key is `RedisKeys.room`, and they begin with the arguments of `scripts/session.lua`. */
export const roomScripts = {
  join: roomScript("join", [roomPart]),
  resume: roomScript("resume", [roomPart]),
  submit: roomScript("submit", [rarePart]),
  /** For a batch that stores no signal. */
  submitEvenIfFull: roomScript("submit", [rarePart], evenIfFull),
  fetch: roomScript("fetch", [roomPart]),
  report: roomScript("report", []),
  detach: roomScript("detach", [roomPart]),
  abandon: roomScript("abandon", [roomPart]),
  roster: roomScript("roster", [roomPart]),
  reap: roomScript("reap", [roomPart]),
  bereave: roomScript("bereave", [roomPart]),
  census: roomScript("census", [roomPart]),
  remove: roomScript("remove", [roomPart]),
};

/** The scripts over the nodes. */
export const nodeScripts = {
  lease: script(read("lease")),
  bury: script(read("bury")),
  due: script(read("due")),
  expect: script(read("expect")),
  schedule: script(read("schedule")),
  note: script(read("note")),
  claim: script(read("claim")),
  retire: script(read("retire")),
  tokenKeys: script(read("token-keys")),
  revoke: script(read("revoke")),
  revocations: script(read("revocations")),
};
