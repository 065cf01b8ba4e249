import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { faultsOfVariables, isHealthPath, isSetting, stopSeconds } from "./settings.ts";

const folder = "deploy/kubernetes";

/** As much of the manifests as is compared here; the rest is for the schemas. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}
interface Deployment extends Manifest {
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels };
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: Pod };
  };
}
type Labels = Readonly<Record<string, string>>;
interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly [Container];
}
interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly env: readonly { readonly name: string }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly startupProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Service extends Manifest {
  readonly spec: { readonly selector: Labels; readonly ports: readonly { readonly targetPort: string }[] };
}
interface ConfigMap extends Manifest {
  readonly data: Readonly<Record<string, string>>;
}
interface Budget extends Manifest {
  readonly spec: { readonly selector: { readonly matchLabels: Labels } };
}
interface Autoscaler extends Manifest {
  readonly spec: { readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
}

export async function* faultsOfKubernetes(port: number): AsyncGenerator<string> {
  const files = readdirSync(folder).filter((file) => file !== "kustomization.yaml");
  const manifests = new Map(files.map((file) => [file, read<Manifest>(file)]));
  for (const [file, manifest] of manifests) yield* faultsOfSchema(file, manifest);
  const { resources } = read<{ resources: string[] }>("kustomization.yaml");
  if (resources.toSorted().join() !== files.toSorted().join())
    yield `${folder}/kustomization.yaml does not list just the files beside it`;

  const deployment = read<Deployment>("deployment.yaml");
  const settings = read<ConfigMap>("config-map.yaml");
  yield* faultsOfPod(deployment.spec.template.spec, settings, port);
  yield* faultsOfSelectors(deployment);
}

function read<T>(file: string): T {
  return parse(readFileSync(join(folder, file), "utf8")) as T;
}

interface Model {
  validate(): void;
}

/** By the schemas of Kubernetes' own API description. */
async function* faultsOfSchema(file: string, manifest: Manifest): AsyncGenerator<string> {
  const { apiVersion, kind } = manifest;
  const models = (await import(`kubernetes-models/${apiVersion}/${kind}`)) as Record<
    string,
    new (
      manifest: object,
    ) => Model
  >;
  const Model = models[kind];
  if (Model === undefined) return yield `${folder}/${file}: there is no ${kind} of ${apiVersion}`;
  try {
    new Model(manifest).validate();
  } catch (error) {
    yield `${folder}/${file}: ${error instanceof Error ? error.message : error}`;
  }
}

function* faultsOfPod(pod: Pod, settings: ConfigMap, port: number): Generator<string> {
  const [container] = pod.containers;
  const where = `${folder}/deployment.yaml`;
  yield* faultsOfVariables(`${folder}/config-map.yaml`, settings.data);
  // Their values are secrets of the cluster.
  for (const { name } of container.env)
    if (!isSetting(name)) yield `${where}: the server has no setting ${name}`;
  if (container.envFrom[0]?.configMapRef.name !== settings.metadata.name)
    yield `${where} reads another ConfigMap`;

  const { livenessProbe, readinessProbe, startupProbe } = container;
  for (const { httpGet } of [livenessProbe, readinessProbe, startupProbe]) {
    if (!isHealthPath(httpGet.path)) yield `${where}: the server has no ${httpGet.path}`;
    if (!container.ports.some(({ name }) => name === httpGet.port)) yield `${where}: no port ${httpGet.port}`;
  }
  if (livenessProbe.httpGet.path === readinessProbe.httpGet.path)
    yield `${where}: a node that is not ready would be restarted`;
  if (container.ports[0]?.containerPort !== port) yield `${where}: the image listens on ${port}`;

  const needed = container.lifecycle.preStop.sleep.seconds + stopSeconds(settings.data["PARLEY_DRAIN"]);
  if (pod.terminationGracePeriodSeconds <= needed)
    yield `${where}: a node takes ${needed} s to stop and is killed after ${pod.terminationGracePeriodSeconds}`;
}

function* faultsOfSelectors(deployment: Deployment): Generator<string> {
  const { labels } = deployment.spec.template.metadata;
  const service = read<Service>("service.yaml");
  const selectors = {
    "deployment.yaml": deployment.spec.selector.matchLabels,
    "service.yaml": service.spec.selector,
    "pod-disruption-budget.yaml": read<Budget>("pod-disruption-budget.yaml").spec.selector.matchLabels,
  };
  for (const [file, selector] of Object.entries(selectors))
    if (!Object.entries(selector).every(([name, value]) => labels[name] === value))
      yield `${folder}/${file} selects no node`;
  const { ports } = deployment.spec.template.spec.containers[0];
  if (!service.spec.ports.every(({ targetPort }) => ports.some(({ name }) => name === targetPort)))
    yield `${folder}/service.yaml leads to a port that no node has`;
  const { scaleTargetRef } = read<Autoscaler>("horizontal-pod-autoscaler.yaml").spec;
  if (scaleTargetRef.kind !== deployment.kind || scaleTargetRef.name !== deployment.metadata.name)
    yield `${folder}/horizontal-pod-autoscaler.yaml scales nothing`;
}
