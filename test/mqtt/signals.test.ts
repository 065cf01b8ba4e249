import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../kit/until.ts";
import { sdpOf } from "../proxies/sdp.ts";
import { GrpcPeer } from "./grpc-peer.ts";
import { type DeviceOptions, MqttDevice } from "./mqtt-device.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.start(["--resume-window", "1"]);
  await scene.bridge();
});
afterAll(() => scene[Symbol.asyncDispose]());

const grpcPeer = (room: string) => GrpcPeer.join(scene.url, room);

const candidate = "candidate:1 1 UDP 2122252543 192.0.2.1 54400 typ host";

test.each<DeviceOptions>([
  { version: 5, form: "json" },
  { version: 5, form: "proto" },
  { version: 4, form: "json" },
  { version: 4, form: "proto" },
])("a device exchanges an offer, an answer and candidates with a peer over gRPC: %o", async (options) => {
  const room = `call+${options.form}:${options.version}`;
  using ada = await grpcPeer(room);
  await using device = await new MqttDevice(scene.broker.url, { ...options, room }).opened();
  await ada.next("peerJoined");

  device.send({ to: "ada", negotiationId: "n", body: { case: "offer", value: { sdp: sdpOf("offer") } } });
  device.send({ to: "ada", negotiationId: "n", body: { case: "iceCandidate", value: { candidate } } });
  expect(await ada.next("offer")).toMatchObject({
    sender: "cam-1",
    body: { value: { sdp: sdpOf("offer") } },
  });
  expect(await ada.next("iceCandidate")).toMatchObject({ body: { value: { candidate } } });
  await ada.send({
    to: "cam-1",
    negotiationId: "n",
    body: { case: "answer", value: { sdp: sdpOf("answer") } },
  });
  await ada.send({ to: "cam-1", negotiationId: "n", body: { case: "iceCandidate", value: { candidate } } });
  await until(
    () => device.received.length === 2 && device.unacknowledged === 0,
    () => "the answer and a candidate",
  );
  expect(device.received.map(({ seq, body }) => [seq, body.case])).toEqual([
    [1, "answer"],
    [2, "iceCandidate"],
  ]);
  device.send({ body: { case: "leave", value: {} } });
  expect(await ada.next("peerLeft")).toMatchObject({ body: { value: { peerId: "cam-1", reason: 1 } } });
  await until(
    () => device.endings.length > 0,
    () => "the end of the stream",
  );
  expect(device.endings).toEqual(["UNSPECIFIED"]);
});

test("a device whose connection to the broker is cut resumes, and nothing is lost", async () => {
  const room = "cut";
  using ada = await grpcPeer(room);
  await using device = await new MqttDevice(scene.broker.url, { room }).opened();
  device.cut();
  for (const mark of ["a", "b", "c"]) {
    device.send({ to: "ada", body: { case: "offer", value: { sdp: sdpOf(mark) } } });
    await ada.send({ to: "cam-1", body: { case: "answer", value: { sdp: sdpOf(mark) } } });
  }
  for (const mark of ["a", "b", "c"]) {
    expect(await ada.next("offer")).toMatchObject({ body: { value: { sdp: sdpOf(mark) } } });
  }
  await until(
    () => device.received.length === 3,
    () => "three answers",
  );
  expect(device.received.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(device.outOfOrder).toEqual([]);
});

test("the Will of a device means that it leaves when its resume window is over", async () => {
  const room = "will";
  using ada = await grpcPeer(room);
  const device = await new MqttDevice(scene.broker.url, { room }).opened();
  device.die();
  expect(await ada.next("peerLeft")).toMatchObject({ body: { value: { peerId: "cam-1", reason: 2 } } });
});

test("a Leave as the Will ends the session at once", async () => {
  const room = "will-leave";
  using ada = await grpcPeer(room);
  const will = { topic: `parley/v1/${room}/cam-1/up`, payload: Buffer.from('{"leave":{}}'), qos: 1 as const };
  const device = await new MqttDevice(scene.broker.url, { room, broker: { will } }).opened();
  device.die();
  expect(await ada.next("peerLeft")).toMatchObject({ body: { value: { peerId: "cam-1", reason: 1 } } });
});

test("what is no message is rejected, and the stream goes on", async () => {
  const room = "garbage";
  using ada = await grpcPeer(room);
  await using device = await new MqttDevice(scene.broker.url, { room }).opened();
  for (const payload of ["{", '{"a":\xff', Buffer.from([0xff, 0xff, 0xff])]) await device.publishRaw(payload);
  await until(
    () => device.responses.filter(({ body }) => body.case === "rejected").length === 3,
    () => "three rejections",
  );
  expect(device.responses.at(-1)).toMatchObject({ seq: 0, body: { value: { seq: 0, reason: 1, retry: 1 } } });
  // A message in the other form is understood all the same.
  const inBinary = Buffer.from([8, 1, 26, 3, 97, 100, 97, 106, 0]);
  await device.publishRaw(inBinary);
  expect(await ada.next("bye")).toMatchObject({ sender: "cam-1" });
  expect(device.endings).toEqual([]);
});

test("a signal that the service refuses is rejected under its number", async () => {
  const room = "refused";
  await using device = await new MqttDevice(scene.broker.url, { room }).opened();
  await device.publishRaw('{"seq":1,"to":"nobody","bye":{}}');
  await until(
    () => device.received.length === 1,
    () => "a rejection",
  );
  expect(device.received[0]).toMatchObject({
    seq: 1,
    body: { case: "rejected", value: { seq: 1, reason: 41 } },
  });
});

test.each([
  ["another room", '{"join":{"room":"other","peerId":"cam-1"}}', "join.room"],
  ["another name", '{"join":{"room":"another-name","peerId":"ada"}}', "join.peer_id"],
  ["no name", '{"join":{"room":"no-name"}}', "join.peer_id"],
])("a join with %s than its topic is refused", async (what, payload, field) => {
  const room = what.replace(" ", "-");
  await using device = await new MqttDevice(scene.broker.url, { room }).opened();
  await device.publishRaw(payload);
  await until(
    () => device.endings.length === 1,
    () => "a refusal",
  );
  expect(device.responses.at(-1)).toMatchObject({
    body: { case: "closed", value: { code: 7, reason: 83, retry: 1, violations: [{ field }] } },
  });
});

test("a device cannot resume the session of another peer under its own topic", async () => {
  const room = "stolen";
  await using victim = await new MqttDevice(scene.broker.url, { room, peerId: "victim" }).opened();
  const [welcome] = victim.responses;
  const sessionToken = welcome?.body.case === "welcome" ? welcome.body.value.sessionToken : "";
  await using thief = await new MqttDevice(scene.broker.url, { room, peerId: "thief" }).opened();
  await thief.publishRaw(JSON.stringify({ resume: { sessionToken } }));
  await until(
    () => thief.endings.length === 1,
    () => "a refusal",
  );
  expect(thief.endings).toEqual(["ACCESS_DENIED"]);
  expect(thief.responses.at(-1)).toMatchObject({
    body: { value: { violations: [{ field: "resume.session_token" }] } },
  });
  expect(thief.responses.filter(({ body }) => body.case === "welcome")).toHaveLength(1);
});
