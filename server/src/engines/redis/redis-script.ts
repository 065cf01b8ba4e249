import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { luaLocals, nodeArguments, roomArguments, sharedArguments } from "./script-arguments.ts";
import { luaEndings } from "./script-messages.ts";

/** A Lua script, as Redis runs it. */
export interface RedisScript<Name extends string = string> {
  /** Its arguments, in their order. */
  readonly names: readonly Name[];
  readonly source: string;
  /** The name by which `EVALSHA` knows it. */
  readonly sha: string;
}

function read(name: string): string {
  return readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), "utf8");
}

function script<Name extends string>(names: readonly Name[], lines: readonly string[]): RedisScript<Name> {
  const source = lines.join("\n");
  return { names, source, sha: createHash("sha1").update(source).digest("hex") };
}

/** The first line of a script, which holds its flags, and what it does. */
function readParts(name: string): [flags: string, body: string] {
  const source = read(name);
  const end = source.indexOf("\n");
  return [source.slice(0, end), source.slice(end)];
}

const sessionPart = read("session");
const roomPart = `${luaEndings()}\n${read("room")}`;
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

type RoomScript<Name extends keyof typeof roomArguments> = RedisScript<(typeof roomArguments)[Name][number]>;

/** A script of a room, with what it needs behind its first line, which holds its flags. */
function roomScript<Name extends keyof typeof roomArguments>(
  name: Name,
  parts: readonly string[],
  flags?: string,
): RoomScript<Name> {
  const [ownFlags, body] = readParts(name);
  const names: readonly (typeof roomArguments)[Name][number][] = roomArguments[name];
  const own = names.slice(sharedArguments);
  return script(names, [
    flags ?? ownFlags,
    luaLocals(names.slice(0, sharedArguments), 1),
    sessionPart,
    ...parts,
    luaLocals(own, sharedArguments + 1),
    // What a script has beyond its named arguments begins here.
    `local firstItem = ${names.length + 1}`,
    body,
  ]);
}

function nodeScript<Name extends keyof typeof nodeArguments>(
  name: Name,
): RedisScript<(typeof nodeArguments)[Name][number]> {
  const [flags, body] = readParts(name);
  const names: readonly (typeof nodeArguments)[Name][number][] = nodeArguments[name];
  return script(names, [flags, luaLocals(names, 1), body]);
}

/** The scripts of one room: their key is `RedisKeys.room`. */
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
  orphan: roomScript("orphan", [roomPart]),
  census: roomScript("census", [roomPart]),
  remove: roomScript("remove", [roomPart]),
};

/** The scripts over the nodes. */
export const nodeScripts = {
  lease: nodeScript("lease"),
  lapse: nodeScript("lapse"),
  due: nodeScript("due"),
  expect: nodeScript("expect"),
  schedule: nodeScript("schedule"),
  note: nodeScript("note"),
  claim: nodeScript("claim"),
  retire: nodeScript("retire"),
  tokenKeys: nodeScript("token-keys"),
  revoke: nodeScript("revoke"),
  revocations: nodeScript("revocations"),
};
