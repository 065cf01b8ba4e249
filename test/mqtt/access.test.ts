import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Issuer } from "../access/issuer.ts";
import { until } from "../kit/until.ts";
import { BridgeProcess } from "./bridge-process.ts";
import { MqttDevice } from "./mqtt-device.ts";
import { Scene } from "./scene.ts";

const parts = new AsyncDisposableStack();
let scene: Scene;
let issuer: Issuer;
let folder: string;
let bridge: BridgeProcess;
beforeAll(async () => {
  issuer = parts.use(new Issuer());
  scene = parts.use(await Scene.start(issuer.flags));
  folder = mkdtempSync(join(tmpdir(), "parley-bridge-"));
  parts.defer(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "{peer}");
  bridge = parts.use(
    new BridgeProcess(["--broker", scene.broker.url, "--url", scene.url, "--access-token-file", file]),
  );
  await bridge.says("active");
});
afterAll(() => parts.disposeAsync());

test("a bridge adds the access token of a device that sends none, as its file has it at that time", async () => {
  const tokenOf = (sub: string, now?: number) =>
    issuer.issue({ claims: { sub }, ...(now === undefined ? {} : { now }) });
  writeFileSync(join(folder, "cam-1"), await tokenOf("cam-1", Date.now() / 1000 - 3600));
  const deviceOf = (peerId: string, accessToken = "") =>
    new MqttDevice(scene.broker.url, { room: "yard", peerId, accessToken });

  {
    await using early = deviceOf("cam-1");
    await until(
      () => early.endings.length > 0,
      () => "a refusal",
    );
    expect(early.endings[0]).toBe("ACCESS_TOKEN_EXPIRED");
  }

  const token = await tokenOf("cam-1");
  writeFileSync(join(folder, "cam-1"), `${token}\n`);
  await using device = await deviceOf("cam-1").opened();
  expect(device.peerId).toBe("cam-1");

  await using unknown = deviceOf("cam-2");
  await until(
    () => unknown.endings.length > 0,
    () => "a refusal",
  );
  expect(unknown.endings[0]).toBe("ACCESS_TOKEN_REQUIRED");

  // A device that has a token speaks for itself.
  await using stranger = deviceOf("cam-3", await tokenOf("stranger"));
  await until(
    () => stranger.endings.length > 0,
    () => "a refusal",
  );
  expect(stranger.endings[0]).toBe("ACCESS_DENIED");
  expect(bridge.log).not.toContain(token);
});

test("a bridge reads the file of no other device, whatever the topic is named", async () => {
  writeFileSync(join(folder, "cam-7"), await issuer.issue({ claims: { sub: "cam-7" } }));
  await using device = await new MqttDevice(scene.broker.url, { room: "yard", peerId: "cam-7" }).opened();
  const answers: string[] = [];
  device.listen(["parley/v1/yard/.%2Fcam-7/down"], (topic, payload) => {
    if (topic.includes("%")) answers.push(payload.toString());
  });
  // The answer is about the name: with the token of cam-7 it would be about the session.
  await device.publishRaw('{"resume":{"sessionToken":"x"}}', "parley/v1/yard/.%2Fcam-7/up");
  await until(
    () => answers.length > 0,
    () => "an answer",
  );
  expect(JSON.parse(answers[0] ?? "")).toMatchObject({ closed: { reason: "REASON_PEER_ID_INVALID" } });
});
