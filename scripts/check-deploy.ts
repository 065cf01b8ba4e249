/**
 * Checks what is for running Parley elsewhere: the Dockerfile, compose.yaml, the manifests for Kubernetes and the
 * configurations of proxies: their schemas, and that they agree with one another and with the server.
 *
 * Linters that are not in npm (caddy, hadolint, docker compose, kubeconform) are run if they are installed.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { parseDocument } from "yaml";
import { faultsOfCompose } from "./deploy/compose.ts";
import { faultsOfDockerfile, imagePort } from "./deploy/dockerfile.ts";
import { faultsOfKubernetes } from "./deploy/kubernetes.ts";
import { isSetting } from "./deploy/settings.ts";

const yamlFiles = [
  "compose.yaml",
  "deploy/proxies/envoy.yaml",
  ...readdirSync("deploy/kubernetes").map((file) => `deploy/kubernetes/${file}`),
];

function* faultsOfYaml(): Generator<string> {
  for (const file of yamlFiles) {
    const { errors, warnings } = parseDocument(readFileSync(file, "utf8"), { merge: true });
    for (const { message } of [...errors, ...warnings]) yield `${file}: ${message}`;
  }
}

/** Every variable that the documentation speaks of. */
function* faultsOfDocumentation(): Generator<string> {
  const pages = readdirSync("docs/operations").map((page) => `docs/operations/${page}`);
  for (const file of ["docs/operations.md", ...pages]) {
    const names = readFileSync(file, "utf8").match(/PARLEY_\w+/g) ?? [];
    for (const name of new Set(names))
      if (!isSetting(name)) yield `${file}: the server has no setting ${name}`;
  }
}

const linters: readonly { readonly probe: readonly string[]; readonly lint: readonly string[] }[] = [
  { probe: ["caddy", "version"], lint: ["caddy", "adapt", "--config", "deploy/proxies/Caddyfile"] },
  { probe: ["hadolint", "--version"], lint: ["hadolint", "Dockerfile"] },
  {
    probe: ["docker", "compose", "version"],
    lint: ["docker", "compose", "--file", "compose.yaml", "config", "--quiet"],
  },
  {
    probe: ["kubeconform", "-v"],
    lint: ["kubeconform", "-strict", "-ignore-filename-pattern", "kustomization", "deploy/kubernetes"],
  },
];

function run([command = "", ...args]: readonly string[]) {
  const secrets = { REDIS_PASSWORD: "of a check", TURN_SECRET: "of a check" };
  return spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...secrets } });
}

function* faultsOfLinters(): Generator<string> {
  for (const { probe, lint } of linters) {
    if (run(probe).status !== 0) console.log(`not installed, not run: ${lint.join(" ")}`);
    else {
      const { status, stdout, stderr } = run(lint);
      if (status !== 0) yield `${lint.join(" ")}:\n${stdout}${stderr}`;
    }
  }
}

const port = imagePort();
const faults = [
  ...faultsOfYaml(),
  ...faultsOfDocumentation(),
  ...faultsOfDockerfile(),
  ...faultsOfCompose(port),
  ...(await Array.fromAsync(faultsOfKubernetes(port))),
  ...faultsOfLinters(),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log("The files for deployment agree with one another and with the server.");
