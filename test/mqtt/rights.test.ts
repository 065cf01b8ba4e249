import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../kit/until.ts";
import { TestAuthority } from "../redis/test-authority.ts";
import { BridgeProcess } from "./bridge-process.ts";
import { GrpcPeer } from "./grpc-peer.ts";
import { MqttDevice } from "./mqtt-device.ts";
import { Scene } from "./scene.ts";

const aclFile = fileURLToPath(new URL("../../deploy/mosquitto/parley.acl", import.meta.url));
const passwords = { "parley-bridge": "hunter1", "cam-1": "hunter2", "cam%2B2": "hunter3", spy: "hunter4" };

const authority = new TestAuthority();
let scene: Scene;
let bridge: BridgeProcess;
beforeAll(async () => {
  const identity = authority.issue("IP:127.0.0.1");
  scene = await Scene.start([], { aclFile, passwords, identity });
  const passwordFile = `${authority.caFile}.password`;
  await writeFile(passwordFile, `${passwords["parley-bridge"]}\n`);
  const address = ["--broker", scene.broker.url, "--url", scene.url, "--broker-ca", authority.caFile];
  const user = ["--broker-user", "parley-bridge", "--broker-password-file", passwordFile];
  bridge = new BridgeProcess([...address, ...user, "--takeover", "1"]);
  await bridge.says("active");
});
afterAll(async () => {
  await bridge.stop("SIGKILL");
  await scene[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

/** A device that connects to the broker as a user. */
function deviceOf(username: keyof typeof passwords, room: string, peerId: string): MqttDevice {
  const { ca } = authority;
  const broker = { username, password: passwords[username], ca };
  return new MqttDevice(scene.broker.url, { room, peerId, version: 5, broker });
}

test("over TLS and with a password, a device is the peer that it is named after", async () => {
  using ada = await GrpcPeer.join(scene.url, "rights");
  await using device = await deviceOf("cam-1", "rights", "cam-1").opened();
  await using other = await deviceOf("cam%2B2", "rights", "cam+2").opened();
  device.send({ to: "ada", body: { case: "bye", value: { reason: "one" } } });
  expect(await ada.next("bye")).toMatchObject({ sender: "cam-1" });
  other.send({ to: "ada", body: { case: "bye", value: { reason: "two" } } });
  expect(await ada.next("bye")).toMatchObject({ sender: "cam+2" });
});

test("a device can publish to the topics of no other", async () => {
  const room = "others";
  await using victim = await deviceOf("cam-1", room, "cam-1").opened();
  await using spy = await deviceOf("spy", room, "spy").opened();
  for (const topic of [`parley/v1/${room}/cam-1/up`, `parley/v1/${room}/cam-1/gone`]) {
    await expect(spy.publishRaw('{"leave":{}}', topic)).rejects.toMatchObject({ code: 0x87 });
  }
  for (const topic of [`parley/v1/${room}/cam-1/down`, "parley/v1/bridge"]) {
    await expect(spy.publishRaw("{}", topic)).rejects.toMatchObject({ code: 0x87 });
  }
  // The victim is still there, and has received nothing but what it asked for.
  victim.send({ to: "spy", body: { case: "bye", value: {} } });
  await until(
    () => spy.received.length === 1,
    () => "a signal of the victim",
  );
  expect(victim.endings).toEqual([]);
});

test("a device receives nothing of what is meant for another", async () => {
  const room = "listening";
  await using victim = await deviceOf("cam-1", room, "cam-1").opened();
  await using spy = await deviceOf("spy", room, "spy").opened();
  const heard: string[] = [];
  spy.listen(["#", `parley/v1/${room}/cam-1/down`, "parley/v1/+/+/up"], (topic) => heard.push(topic));
  await spy.publishRaw('{"seq":1,"to":"cam-1","bye":{}}');
  await until(
    () => victim.received.length === 1,
    () => "a signal of the spy",
  );
  victim.send({ to: "spy", body: { case: "bye", value: {} } });
  await until(
    () => spy.received.length === 1,
    () => "a signal of the victim",
  );
  expect([...new Set(heard)]).toEqual([`parley/v1/${room}/spy/down`]);
});

test("the bridge keeps its password and what the devices say out of its log", () => {
  expect(bridge.log).toContain('"msg":"active"');
  expect(bridge.log).not.toMatch(/hunter|parley\/v1|sessionToken/);
});
