import { expect, test } from "vitest";
import { healthOf } from "../../server/src/bridges/mqtt/bridge-health.ts";
import { HealthPort } from "../../server/src/bridges/mqtt/health-port.ts";
import { until } from "../kit/until.ts";
import { BridgeProcess } from "./bridge-process.ts";
import { GrpcPeer } from "./grpc-peer.ts";
import { MqttDevice } from "./mqtt-device.ts";
import { Scene } from "./scene.ts";

/** How long a bridge may take on a busy machine, in milliseconds. */
const patienceMs = 30_000;

const none = { devices: 0, streams: 0, received: 0, sent: 0, waiting: 0 };

/** A bridge, and the address of its health checks. */
async function start(scene: Scene, parts: AsyncDisposableStack): Promise<string> {
  const bridge = await scene.bridge();
  const port = parts.use(new HealthPort(() => bridge.health));
  return `http://127.0.0.1:${await port.listen("127.0.0.1", 0)}`;
}

/** The status of `/readyz`, and the lines of its answer. */
async function readinessOf(health: string): Promise<string[]> {
  const answer = await fetch(`${health}/readyz`);
  return [`${answer.status}`, ...(await answer.text()).trimEnd().split("\n")];
}

/** Waits until the lines of `/readyz` begin with these. */
async function becomes(health: string, ...lines: string[]): Promise<void> {
  let last: string[] = [];
  await until(
    async () => {
      last = await readinessOf(health);
      return lines.every((line, index) => last[index] === line);
    },
    () => `${lines}; the last answer was ${last}`,
    patienceMs,
  );
}

test("a bridge answers health checks: active, standing by, and without a broker", async () => {
  await using scene = await Scene.start();
  await using parts = new AsyncDisposableStack();
  const first = await start(scene, parts);
  await becomes(first, "200", "ready: active", "devices 0", "streams 0", "received 0", "sent 0", "waiting 0");
  const second = await start(scene, parts);
  await becomes(second, "200", "ready: standing by");
  await scene.broker.kill();
  await becomes(first, "503", "broker: not connected");
  await becomes(second, "503", "broker: not connected");
  expect((await fetch(`${first}/healthz`)).status).toBe(200);
  expect((await fetch(`${first}/metrics`)).status).toBe(404);
  await scene.broker.start();
  await until(
    async () => {
      const states = [await readinessOf(first), await readinessOf(second)].map(([, state]) => state);
      return states.sort().join() === "ready: active,ready: standing by";
    },
    () => "one active bridge and one that stands by",
    patienceMs,
  );
}, 120_000);

test("the health check of a bridge counts its devices, their streams and their messages", async () => {
  await using scene = await Scene.start();
  await using parts = new AsyncDisposableStack();
  const health = await start(scene, parts);
  using ada = await GrpcPeer.join(scene.url, "standup");
  await using device = await new MqttDevice(scene.broker.url).opened();
  // A join, and its Welcome.
  await becomes(
    health,
    "200",
    "ready: active",
    "devices 1",
    "streams 1",
    "received 1",
    "sent 1",
    "waiting 0",
  );
  await ada.send({ to: "cam-1", body: { case: "bye", value: {} } });
  await until(
    () => device.received.length === 1,
    () => "the signal",
    patienceMs,
  );
  // The signal, and the acknowledgement of it.
  await becomes(
    health,
    "200",
    "ready: active",
    "devices 1",
    "streams 1",
    "received 2",
    "sent 2",
    "waiting 0",
  );
  device.die();
  // Its Will, and the Closed that nobody receives.
  await becomes(
    health,
    "200",
    "ready: active",
    "devices 0",
    "streams 0",
    "received 3",
    "sent 3",
    "waiting 0",
  );
}, 120_000);

test("a bridge cannot serve health checks on a port that is taken", async () => {
  await using first = new HealthPort(() => healthOf("connecting", none, false));
  await using second = new HealthPort(() => healthOf("connecting", none, false));
  const port = await first.listen("127.0.0.1", 0);
  await expect(second.listen("127.0.0.1", port)).rejects.toThrow("EADDRINUSE");
});

test("parley mqtt serves the health checks under the flag, and ends in good order", async () => {
  await using scene = await Scene.start();
  const flags = ["--broker", scene.broker.url, "--url", scene.url, "--health-port", "0"];
  await using bridge = new BridgeProcess(flags);
  await bridge.says("listening for health checks");
  const [, health = ""] = /"url":"(http[^"]+)","msg":"listening for health checks"/.exec(bridge.log) ?? [];
  await becomes(health, "200", "ready: active");
  expect(await bridge.stop("SIGTERM")).toBe(0);
}, 300_000);
