/**
 * Calls a device that uses paho-mqtt, in Python, over MQTT 5 and 3.1.1: it answers, loses its connection, resumes and
 * leaves. It is left out if Python is not installed.
 *
 *     node test/mqtt/clients/run.ts
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { environment } from "../../interop/example.ts";
import { sdpOf } from "../../proxies/sdp.ts";
import { GrpcPeer } from "../grpc-peer.ts";
import { Scene } from "../scene.ts";

const toolchain = "python3 -c 'import venv, ensurepip'";
const install = "python3 -m venv .venv && .venv/bin/pip install -q 'paho-mqtt>=2'";
const expected = "welcome\noffer from ada\nresumed\nbye\nclosed 0\n";
/** How long a program may take, in milliseconds. */
const timeoutMs = 60_000;

/** What does not hold of one version; undefined if all does. */
async function problemOf(version: string, folder: string): Promise<string | undefined> {
  await using scene = await Scene.start();
  await using _bridge = await scene.bridge();
  using ada = await GrpcPeer.join(scene.url, "python");
  const device = spawn("sh", ["-c", `exec .venv/bin/python main.py ${version}`], {
    cwd: folder,
    env: { ...environment, BROKER: scene.broker.url },
    timeout: timeoutMs,
  });
  let printed = "";
  for (const output of [device.stdout, device.stderr]) {
    output.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const exited = once(device, "exit");
  const called = (async () => {
    await ada.next("peerJoined");
    await ada.send({ to: "cam-1", body: { case: "offer", value: { sdp: sdpOf("offer") } } });
    await ada.next("answer");
    await ada.send({ to: "cam-1", body: { case: "bye", value: {} } });
    await ada.next("peerLeft");
  })();
  await Promise.race([called, exited]);
  await exited;
  return printed === expected ? undefined : `printed:\n${printed}`;
}

if (spawnSync("sh", ["-c", toolchain], { env: environment }).status === 0) {
  const folder = mkdtempSync(join(tmpdir(), "parley-mqtt-"));
  try {
    cpSync(join(import.meta.dirname, "main.py"), join(folder, "main.py"));
    const { status, stdout, stderr } = spawnSync("sh", ["-c", install], {
      cwd: folder,
      encoding: "utf8",
      env: environment,
    });
    if (status !== 0) throw new Error(`${install} failed:\n${stdout}${stderr}`);
    for (const version of ["5", "3.1.1"]) {
      const problem = await problemOf(version, folder);
      console.log(problem === undefined ? `passed  MQTT ${version}` : `FAILED  MQTT ${version}: ${problem}`);
      if (problem !== undefined) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  console.log("left out  paho-mqtt: Python is not installed");
}
