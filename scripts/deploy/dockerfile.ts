import { existsSync, readFileSync } from "node:fs";
import { faultsOfVariables, isHealthPath } from "./settings.ts";

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The instructions of each stage, the last one being the image. */
function readStages(): Instruction[][] {
  const lines = readFileSync("Dockerfile", "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === "FROM") stages.push([]);
    stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

/** The port that the image listens on. */
export function imagePort(): number {
  return Number(environmentOf(readStages().at(-1) ?? [])["PARLEY_PORT"]);
}

function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  const pairs = stage
    .filter(({ name }) => name === "ENV")
    .flatMap(({ rest }) => [...rest.matchAll(/(\w+)=(\S+)/g)])
    .map(([, name = "", value = ""]): [string, string] => [name, value]);
  return Object.fromEntries(pairs);
}

export function* faultsOfDockerfile(): Generator<string> {
  const stages = readStages();
  const image = stages.at(-1) ?? [];
  const of = (wanted: string) => image.filter(({ name }) => name === wanted).map(({ rest }) => rest);
  const environment = environmentOf(image);
  yield* faultsOfVariables(
    "Dockerfile",
    Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith("PARLEY_"))),
  );
  if (of("EXPOSE").join() !== environment["PARLEY_PORT"]) yield "Dockerfile: EXPOSE is not PARLEY_PORT";
  if (!/^[1-9]\d*$/.test(of("USER").at(-1) ?? "")) yield "Dockerfile: the image runs as root, or as a name";
  const path = /(\/\w+)`/.exec(of("HEALTHCHECK").join())?.[1] ?? "";
  if (!isHealthPath(path)) yield `Dockerfile: the health check asks for "${path}"`;
  const [, entry = ""] = /^\["node", "(.*)"\]$/.exec(of("ENTRYPOINT").join()) ?? [];
  if (!existsSync(entry.replace("/lib/", "/src/").replace(/\.js$/, ".ts")))
    yield `Dockerfile: there is no ${entry} to start`;
  if (of("RUN").length > 0) yield "Dockerfile: the image is to be copied together, and nothing run in it";

  const bases = stages.map(([from]) => from?.rest.split(" ")[0]);
  if (new Set(bases).size !== 1 || !/^node:24\.\d+\.\d+-[\w-]+@sha256:[0-9a-f]{64}$/.test(bases[0] ?? ""))
    yield `Dockerfile: the stages are of ${bases}, and not all of one Node 24 that is pinned by its digest`;
  yield* faultsOfCopies(stages.flat());
}

/** Whether what is copied from the folder is there, and not held back by .dockerignore. */
function* faultsOfCopies(instructions: readonly Instruction[]): Generator<string> {
  const allowed = readFileSync(".dockerignore", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  for (const { name, rest } of instructions) {
    if (name !== "COPY" || rest.startsWith("--from")) continue;
    for (const source of rest.split(/\s+/).slice(0, -1)) {
      if (!existsSync(source)) yield `Dockerfile: there is no ${source} to copy`;
      if (!allowed.some((path) => source === path || source.startsWith(`${path}/`)))
        yield `.dockerignore holds ${source} back`;
    }
  }
}
