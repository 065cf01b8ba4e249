import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { Program } from "../interop/program.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";

const examples = fileURLToPath(new URL("../../examples/tcp/", import.meta.url));
let folder: string;
let server: Server;
let address: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "parley-device-"));
  const flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-o", join(folder, "device"), "device.c"];
  const compiled = spawnSync("cc", flags, { cwd: examples, encoding: "utf8" });
  expect({ status: compiled.status, printed: compiled.stderr }).toEqual({ status: 0, printed: "" });
  server = new Server(await configOf([]), { logger: new LogBook() });
  address = new URL((await server.start()).url).host;
});
afterAll(async () => {
  await server.close(0);
  rmSync(folder, { recursive: true });
});

const at = (place: string) => place.replace(":", " ");
const device = (place: string, room: string) =>
  new Program("device", `exec ./device ${at(place)} ${room} device`, folder, process.env);
const caller = (room: string, answers = 1) =>
  new Program(
    "caller",
    `exec python3 caller.py ${at(address)} ${room} caller ${answers}`,
    examples,
    process.env,
  );

test("a device in C and a client in Python meet, and leave", async () => {
  await using answering = device(address, "meet");
  await answering.transcript.line(/^joined as device/);
  await using calling = caller("meet");
  expect(await calling.exited, calling.transcript.lines.join("\n")).toBe(0);
  expect(calling.transcript.lines).toEqual(["joined as caller", "answer from device", "closed: "]);
  expect(await answering.stop()).toBe(0);
  expect(answering.transcript.lines).toEqual(["joined as device", "offer from caller", "closed: "]);
});

test("a device that loses its connection answers what was sent meanwhile, once", async () => {
  await using proxy = await TcpProxy.start(() => [Number(address.split(":").at(-1))], { resets: true });
  await using answering = device(proxy.address, "lost");
  await answering.transcript.line(/^joined as device/);
  // What the device would read is lost with the connection.
  proxy.stall("responses");
  await using calling = caller("lost");
  await calling.transcript.line(/^joined as caller/);
  expect(proxy.cut()).toBe(1);
  await calling.transcript.line(/^answer from device/);
  expect(await calling.exited).toBe(0);
  expect(await answering.stop()).toBe(0);
  expect(answering.transcript.lines).toEqual([
    "joined as device",
    "joined as device",
    "offer from caller",
    "closed: ",
  ]);
});

test("a device is refused with a reason and gives up", async () => {
  await using refused = device(address, "'no room'");
  expect(await refused.exited).toBe(0);
  expect(refused.transcript.lines).toEqual([expect.stringMatching(/^closed: a room is named by/)]);
});
