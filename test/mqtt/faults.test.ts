import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../kit/until.ts";
import { sdpOf } from "../proxies/sdp.ts";
import { BridgeProcess } from "./bridge-process.ts";
import { GrpcPeer } from "./grpc-peer.ts";
import { MqttDevice } from "./mqtt-device.ts";
import { Scene } from "./scene.ts";

/** How many signals each side sends before something happens, while it does, and after it. */
const eachTime = 40;

/** Both sides send all the while. Whatever happens, every signal arrives once, in order. */
async function throughout(scene: Scene, what: () => Promise<void>): Promise<void> {
  using ada = await GrpcPeer.join(scene.url, "faults");
  await using device = await new MqttDevice(scene.broker.url, { room: "faults" }).opened();
  const sent: { readonly sdp: string }[] = [];
  const exchange = async () => {
    for (let index = 0; index < eachTime; index++) {
      const value = { sdp: sdpOf(`m${sent.length}`, 200) };
      sent.push(value);
      device.send({ to: "ada", body: { case: "offer", value } });
      await ada.send({ to: "cam-1", body: { case: "answer", value } });
      await setImmediate();
    }
  };
  await exchange();
  const happening = what();
  await exchange();
  await happening;
  await exchange();
  device.send({ to: "ada", body: { case: "bye", value: {} } });
  expect(await ada.until("bye", "offer")).toMatchObject(sent);
  await until(
    () => device.received.length === sent.length && device.unacknowledged === 0,
    () => `${device.received.length} of ${sent.length} answers; endings: ${device.endings}`,
  );
  expect(device.received.map(({ body }) => body.value)).toMatchObject(sent);
  expect(device.outOfOrder).toEqual([]);
}

function start(scene: Scene): BridgeProcess {
  return new BridgeProcess(["--broker", scene.broker.url, "--url", scene.url, "--takeover", "1.5"]);
}

/** The same while a bridge is active and another stands by. */
async function withStandby(
  what: (first: BridgeProcess, second: BridgeProcess) => Promise<void>,
): Promise<void> {
  await using scene = await Scene.start();
  await using first = start(scene);
  await first.says("active");
  await using second = start(scene);
  await second.says("standing by");
  await throughout(scene, () => what(first, second));
}

test.each([[true], [false]])("kill -9 of mosquitto, with persistence: %s", async (persistence) => {
  await using scene = await Scene.start([], { persistence });
  await scene.bridge();
  await throughout(scene, async () => {
    await scene.broker.kill();
    await scene.broker.start();
  });
});

// How soon it takes over is tested with a clock of its own, in lease.test.ts.
test("kill -9 of the bridge: the standby takes over", () =>
  withStandby(async (first, second) => {
    await first.stop("SIGKILL");
    await second.says("active");
  }));

test("a bridge that is stopped hands its devices on", () =>
  withStandby(async (first, second) => {
    expect(await first.stop("SIGTERM")).toBe(0);
    await second.says("active");
  }));

test("a bridge that freezes loses its devices to the standby, and stands by when it goes on", () =>
  withStandby(async (first, second) => {
    first.signal("SIGSTOP");
    await second.says("active");
    first.signal("SIGCONT");
    await first.says("standing by", 2);
  }));

test("bridges that start together, and a broker that returns with an old lease, agree on one", async () => {
  await using scene = await Scene.start([], { persistence: true });
  const bridges = await Promise.all([scene.bridge(), scene.bridge(), scene.bridge()]);
  const active = () => bridges.filter(({ isActive }) => isActive);
  await throughout(scene, async () => {
    await scene.broker.kill();
    await until(
      () => active().length === 0,
      () => "the end of the lease",
    );
    await scene.broker.start();
    await until(
      () => active().length === 1,
      () => "an active bridge",
    );
  });
  expect(active()).toHaveLength(1);
});

test("a restarted bridge that knows no device asks the first that speaks to resume", async () => {
  await using scene = await Scene.start();
  const bridge = await scene.bridge();
  await using device = await new MqttDevice(scene.broker.url).opened();
  await bridge.close();
  await scene.bridge();
  device.send({ to: "nobody", body: { case: "bye", value: {} } });
  await until(
    () => device.unacknowledged === 0,
    () => "a resume",
  );
  expect(device.responses.filter(({ body }) => body.case === "welcome").at(-1)).toMatchObject({
    body: { value: { resumed: true } },
  });
});
