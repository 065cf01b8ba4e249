/**
 * Runs the Python program of docs/transports.md, which uses httpx-sse, against a live server. Python 3 with venv has to be there.
 *
 *     node test/rest/python/run.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunningProcess } from "../../proxies/running-process.ts";
import { codeOf } from "../page-code.ts";
import { RestService } from "../rest-service.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-events-"));
try {
  execFileSync("python3", ["-m", "venv", ".venv"], { cwd: folder });
  execFileSync(join(folder, ".venv/bin/pip"), ["install", "-q", "httpx-sse", "httpx"], { cwd: folder });
  await using service = await RestService.start();
  writeFileSync(join(folder, "main.py"), codeOf("python", service.url));
  await using program = new RunningProcess(join(folder, ".venv/bin/python"), [
    join(folder, "main.py"),
    service.url,
  ]);
  await program.says(/^welcome/m);
  const token = await service.join("kitchen", "ben");
  await program.says(/^peerJoined/m);
  const json = { seq: 1, to: "py", bye: { reason: "done" } };
  await service.ask("POST", "/v1/rooms/kitchen/peers/ben/signals", { token, json });
  await program.says(/^bye 1 ben$/m);
  console.log("passed  httpx-sse joins a room, and receives by a stream of events");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
