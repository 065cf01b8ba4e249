import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAccessToken } from "@parley/server/token";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../kit/until.ts";
import { GrpcPeer } from "./grpc-peer.ts";
import { MqttDevice } from "./mqtt-device.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.start();
});
afterAll(() => scene[Symbol.asyncDispose]());

const limits = {
  payloadBytes: 4096,
  queuedMessages: 4,
  silenceMs: 45_000,
  openings: { burst: 10, perSecond: 5 },
};

/** Waits for a stream of a device to end for this reason. */
async function ended(device: MqttDevice, reason: string): Promise<void> {
  await until(
    () => device.endings.includes(reason),
    () => `${reason}; endings: ${device.endings}`,
  );
}

test("a payload that is too long ends the stream, and the device may resume", async () => {
  await using _bridge = await scene.bridge({ limits });
  await using device = await new MqttDevice(scene.broker.url, { room: "long" }).opened();
  await device.publishRaw(`{"seq":1,"to":"ada","bye":{"reason":"${"x".repeat(4096)}"}}`);
  await ended(device, "MESSAGE_TOO_LARGE");
  device.begin();
  await device.opened();
  expect(device.responses.at(-1)).toMatchObject({ body: { value: { resumed: true } } });
});

test("one device more than a bridge serves is refused, and may come when another is gone", async () => {
  await using bridge = await scene.bridge({ devices: 1 });
  const first = await new MqttDevice(scene.broker.url, { room: "full", peerId: "first" }).opened();
  await using second = new MqttDevice(scene.broker.url, { room: "full", peerId: "second" });
  await ended(second, "SERVER_FULL");
  expect(second.responses.at(-1)).toMatchObject({
    body: { value: { code: 8, retry: 2, retryAfter: { seconds: 5n } } },
  });
  first.die();
  await until(
    () => bridge.counts.devices === 0,
    () => "the Will of the first",
  );
  second.begin();
  await second.opened();
});

test("a device that joins and resumes over and over is slowed down, and the others are not", async () => {
  await using _bridge = await scene.bridge({ limits: { ...limits, openings: { burst: 3, perSecond: 1 } } });
  await using device = await new MqttDevice(scene.broker.url, { room: "often" }).opened();
  for (let index = 0; index < 3; index++) device.begin();
  await ended(device, "RATE_LIMITED");
  await using other = await new MqttDevice(scene.broker.url, { room: "often", peerId: "other" }).opened();
  expect(other.endings).toEqual([]);
  await device.opened();
});

test("more messages than may wait for the service end the stream, and arrive after the resume", async () => {
  await using _bridge = await scene.bridge({ limits });
  using ada = await GrpcPeer.join(scene.url, "eager");
  await using device = await new MqttDevice(scene.broker.url, { room: "eager" }).opened();
  // Until the new stream is open, all of them wait.
  device.begin();
  const extra = Array.from({ length: 10 }, () => device.publishRaw('{"heartbeat":{}}'));
  await ended(device, "RATE_LIMITED");
  await Promise.all(extra);
  device.send({ to: "ada", body: { case: "bye", value: { reason: "kept" } } });
  expect(await ada.next("bye")).toMatchObject({ body: { value: { reason: "kept" } } });
});

test("a device that is silent waits for a resume", async () => {
  await using _bridge = await scene.bridge({ limits: { ...limits, silenceMs: 300 } });
  await using device = await new MqttDevice(scene.broker.url, { room: "silent" }).opened();
  await ended(device, "HEARTBEAT_TIMEOUT");
  await device.opened();
  expect(device.responses.at(-1)).toMatchObject({ body: { value: { resumed: true } } });
});

test("what a device cannot be sent waits in its mailbox, and comes in order", async () => {
  await using _bridge = await scene.bridge({ limits });
  using ada = await GrpcPeer.join(scene.url, "slow");
  await using device = await new MqttDevice(scene.broker.url, { room: "slow" }).opened();
  for (let index = 0; index < 60; index++) {
    await ada.send({ to: "cam-1", body: { case: "bye", value: { reason: `${index}` } } });
  }
  await until(
    () => device.received.length === 60,
    () => `60 signals, not ${device.received.length}`,
  );
  expect(device.outOfOrder).toEqual([]);
});

test("a topic that spells its names in another way is answered, and belongs to nobody", async () => {
  await using _bridge = await scene.bridge();
  await using device = await new MqttDevice(scene.broker.url, { room: "spelling" }).opened();
  const answers: string[] = [];
  device.listen(["parley/v1/spelling/c%61m-1/down"], (topic, payload) => {
    if (topic.includes("%")) answers.push(payload.toString());
  });
  await device.publishRaw('{"join":{"room":"spelling","peerId":"cam-1"}}', "parley/v1/spelling/c%61m-1/up");
  await until(
    () => answers.length > 0,
    () => "an answer",
  );
  expect(JSON.parse(answers[0] ?? "")).toMatchObject({ closed: { reason: "REASON_PEER_ID_INVALID" } });
  expect(device.endings).toEqual([]);
});

test("a retained join is heard once, and not again by the next bridge", async () => {
  const first = await scene.bridge();
  await using device = await new MqttDevice(scene.broker.url, { room: "retained" }).opened();
  await device.retain('{"leave":{}}');
  await ended(device, "UNSPECIFIED");
  await first.close();
  await using second = await scene.bridge();
  expect(second.counts.devices).toBe(0);
  await device.retain("");
  expect(second.counts.devices).toBe(0);
});

test("a service that cannot be reached, or speaks something else, is an answer too", async () => {
  const other = createServer((_request, response) => response.writeHead(503).end());
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await using _bridge = await scene.bridge({ service: { url: `http://127.0.0.1:${port}`, ca: undefined } });
  await using device = new MqttDevice(scene.broker.url, { room: "nowhere" });
  await ended(device, "UNSPECIFIED");
  expect(device.responses[0]).toMatchObject({
    body: { value: { code: 14, retry: 2, message: "the connection to the service broke" } },
  });
  other.close();
});

test("the access token of a device is in its join", async () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const rules = { issuer: "https://issuer.example", audience: "parley" };
  await using closed = await Scene.start([
    ...["--token-secret", secret, "--token-issuer", rules.issuer, "--token-audience", rules.audience],
  ]);
  await closed.bridge();
  await using stranger = new MqttDevice(closed.broker.url, { room: "locked", peerId: "stranger" });
  await ended(stranger, "ACCESS_TOKEN_REQUIRED");
  const accessToken = await createAccessToken({
    ...{ secret, ...rules, subject: "cam-1", rooms: ["locked"], peerId: "cam-1", seconds: 60 },
  });
  await using device = await new MqttDevice(closed.broker.url, { room: "locked", accessToken }).opened();
  device.cut();
  await until(
    () => device.responses.filter(({ body }) => body.case === "welcome").length === 2,
    () => "a resume",
  );
  expect(device.endings).toEqual([]);
});
