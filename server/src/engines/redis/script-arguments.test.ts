import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeArguments, packArgument, packedArguments, roomArguments } from "./script-arguments.ts";

const folder = new URL("./scripts/", import.meta.url);
/** Parts that other scripts are put together from. */
const parts = ["session", "room", "submit-rarely"];

/** The code of a script, without its comments. */
function codeOf(name: string): string {
  return readFileSync(new URL(`${name}.lua`, folder), "utf8").replaceAll(/--.*$/gm, "");
}

const names = readdirSync(folder).map((file) => file.replace(/\.lua$/, ""));
const argumentsOf: Readonly<Record<string, readonly string[]>> = { ...roomArguments, ...nodeArguments };
const everywhere: readonly string[] = roomArguments.reap;

test("every script has its row in the table, and every row its script", () => {
  expect(Object.keys(argumentsOf).sort()).toEqual(names.filter((name) => !parts.includes(name)).sort());
});

test.each(names)("%s takes no argument by its number", (name) => {
  expect(codeOf(name)).not.toMatch(/ARGV\[\s*\d/);
});

function variablesOf(argument: string): readonly string[] {
  const packed: Readonly<Record<string, { readonly names: readonly string[] }>> = packedArguments;
  return packed[argument]?.names ?? [argument];
}

test.each(Object.entries(argumentsOf))(
  "%s uses each of its arguments, and declares none again",
  (name, all) => {
    const own = all.filter((argument) => !everywhere.includes(argument)).flatMap(variablesOf);
    const code = codeOf(name);
    for (const variable of own) {
      expect(code).toMatch(new RegExp(`\\b${variable}\\b`));
      expect(code).not.toMatch(new RegExp(`local [\\w, ]*\\b${variable}\\b`));
    }
  },
);

test("what every script of a room takes is used by one of them", () => {
  const code = Object.keys(roomArguments).concat(parts).map(codeOf).join("\n");
  for (const variable of everywhere.flatMap(variablesOf))
    expect(code).toMatch(new RegExp(`\\b${variable}\\b`));
});

test("numbers are packed in the order of the table, whatever the order of the caller", () => {
  const state = packArgument("state", { final: 6, known: 5, handedEpoch: 4, handed: 3, ack: 2, epoch: 1 });
  expect(state.toString("hex")).toBe("000000010000000200000003000000040000000500000006");
});
