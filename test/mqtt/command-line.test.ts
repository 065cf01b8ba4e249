import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { BridgeProcess } from "./bridge-process.ts";
import { GrpcPeer } from "./grpc-peer.ts";
import { Scene } from "./scene.ts";

const run = promisify(execFile);
const main = fileURLToPath(new URL("../../server/src/main.ts", import.meta.url));
const page = readFileSync(new URL("../../docs/transports.md", import.meta.url), "utf8");

/** The program of docs/transports.md that contains this word. */
function exampleWith(word: string): string {
  const programs = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, program = ""]) => program);
  const found = programs.find((program) => program.includes(word));
  if (found === undefined) throw new Error(`docs/transports.md has no program with ${word}`);
  return found;
}

/** The first lines that a program prints. */
async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of child.stdout ?? []) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

test("the example of the documentation joins a room with mosquitto_sub and mosquitto_pub", async () => {
  await using scene = await Scene.start();
  await using bridge = new BridgeProcess(["--broker", scene.broker.url, "--url", scene.url]);
  await bridge.says("active");
  using ada = await GrpcPeer.join(scene.url, "standup");
  const example = (word: string) =>
    exampleWith(word).replace("-h 127.0.0.1", `-h 127.0.0.1 -p ${scene.broker.port}`);
  // A group of its own, so that what the shell starts ends with it.
  const shell = spawn("sh", ["-c", example("mosquitto_sub")], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines = linesOf(shell);
    await scene.broker.subscribed("parley/v1/standup/cam-1/down");
    await run("sh", ["-c", example("mosquitto_pub")]);
    const { value: welcome } = await lines.next();
    expect(JSON.parse(welcome ?? "")).toMatchObject({
      welcome: { you: { peerId: "cam-1" }, peers: [{ peerId: "ada" }] },
    });
    await ada.next("peerJoined");
    await ada.send({ to: "cam-1", body: { case: "bye", value: { reason: "hello" } } });
    const { value: signal } = await lines.next();
    expect(JSON.parse(signal ?? "")).toMatchObject({ seq: 1, sender: "ada", bye: { reason: "hello" } });
    const signalOf = '{"seq": 1, "ack": 1, "to": "ada", "bye": {"reason": "hello too"}}';
    const topic = "parley/v1/standup/cam-1/up";
    await run("mosquitto_pub", ["-p", `${scene.broker.port}`, "-V", "mqttv311", "-t", topic, "-m", signalOf]);
    expect(await ada.next("bye")).toMatchObject({
      sender: "cam-1",
      body: { value: { reason: "hello too" } },
    });
  } finally {
    const exited = once(shell, "exit");
    if (shell.pid !== undefined) process.kill(-shell.pid, "SIGKILL");
    await exited;
  }
});

test("`parley serve` loads no client of MQTT, and `parley mqtt` does", async () => {
  const hooks =
    'import { registerHooks } from "node:module"; registerHooks({ resolve(name, context, next) {' +
    ' if (name === "mqtt") process.stdout.write("mqtt is loaded\\n"); return next(name, context); } });';
  const imported = ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`, main];
  const firstLine = async (...flags: string[]) => {
    const child = spawn(process.execPath, [...imported, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const said: string[] = [];
    for await (const line of linesOf(child)) {
      said.push(line);
      if (/listening|starting/.test(line)) child.kill();
    }
    await exited;
    return said.includes("mqtt is loaded");
  };
  expect(await firstLine("serve", "--port", "0")).toBe(false);
  expect(await firstLine("mqtt", "--broker", "mqtt://127.0.0.1:1", "--url", "http://127.0.0.1:1")).toBe(true);
});

test("a bridge that cannot reach its broker tries again until it is stopped", async () => {
  await using bridge = new BridgeProcess(["--broker", "mqtt://127.0.0.1:1", "--url", "http://127.0.0.1:1"]);
  await bridge.says("the connection to the broker is lost", 2);
  expect(await bridge.stop("SIGTERM")).toBe(0);
});
