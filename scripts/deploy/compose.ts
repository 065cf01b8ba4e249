import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { faultsOfVariables, stopSeconds } from "./settings.ts";

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}
interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
}

const file = "compose.yaml";

export function* faultsOfCompose(port: number): Generator<string> {
  const text = readFileSync(file, "utf8");
  const { services, volumes } = parse(text, { merge: true }) as Compose;
  const nodes = Object.entries(services).filter(([, { build }]) => build !== undefined);
  if (nodes.length < 3) yield `${file} has ${nodes.length} nodes`;
  for (const [name, node] of nodes) {
    yield* faultsOfVariables(`${file}, ${name}`, withDefaults(node.environment ?? {}));
    if (node.environment?.["PARLEY_NODE"] !== name) yield `${file}: ${name} has another name in PARLEY_NODE`;
    const needed = stopSeconds(node.environment?.["PARLEY_DRAIN"]);
    const given = Number(/^(\d+)s$/.exec(node.stop_grace_period ?? "")?.[1] ?? 0);
    if (given <= needed) yield `${file}: ${name} takes ${needed} s to stop and is killed after ${given}`;
  }

  const upstreams = services["proxy"]?.environment?.["PARLEY_UPSTREAMS"]?.split(" ") ?? [];
  if (upstreams.join() !== nodes.map(([name]) => `${name}:${port}`).join())
    yield `${file}: the proxy leads to ${upstreams}`;
  for (const name of Object.keys(services["proxy"]?.environment ?? {}))
    if (!readFileSync("deploy/proxies/Caddyfile", "utf8").includes(`{$${name}`))
      yield `${file}: the Caddyfile has no ${name}`;

  const redis = services["redis"]?.command?.join(" ") ?? "";
  for (const setting of ["--maxmemory-policy noeviction", "--appendonly yes", "--requirepass"])
    if (!redis.includes(setting)) yield `${file}: redis is without ${setting}`;
  if (services["coturn"]?.command?.includes("--use-auth-secret") !== true)
    yield `${file}: coturn is open, or has fixed passwords`;

  for (const source of Object.values(services).flatMap((service) => service.volumes ?? [])) {
    const [from = ""] = source.split(":");
    if (!(from.startsWith("./") ? existsSync(from) : from in volumes)) yield `${file}: there is no ${from}`;
  }
  for (const [, name, fallback] of text.matchAll(/\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}/g))
    if (fallback?.startsWith(":?") !== true) yield `${file}: ${name} may be empty`;
}

/** Variables as they are if nothing is set around them: `${NAME:-default}` is its default. */
function withDefaults(variables: object): object {
  const entries = Object.entries(variables).map(([name, value]) => [
    name,
    typeof value === "string" ? value.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1") : value,
  ]);
  return Object.fromEntries(entries);
}
