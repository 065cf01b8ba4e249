/**
 * Calls a peer that speaks over a WebSocket library of another language: it answers in fragments, pings, leaves, and is
 * refused. Languages whose toolchain is not installed are named and left out.
 *
 *     node test/websocket/clients/run.ts [go] [python]
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { environment } from "../../interop/example.ts";
import { startServer } from "../../interop/live-server.ts";
import { callGuest } from "./host.ts";

interface Library {
  readonly name: string;
  readonly toolchain: string;
  readonly file: string;
  readonly install: string;
  readonly run: string;
}

const libraries: Readonly<Record<string, Library>> = {
  go: {
    name: "coder/websocket, in Go",
    toolchain: "go version",
    file: "main.go",
    install: "go mod init guest && go get github.com/coder/websocket",
    run: "go run .",
  },
  python: {
    name: "websockets, in Python",
    toolchain: "python3 -c 'import venv, ensurepip'",
    file: "main.py",
    install: "python3 -m venv .venv && .venv/bin/pip install -q websockets",
    run: ".venv/bin/python main.py",
  },
};

const expected = [
  "subprotocol parley.v1.json",
  "welcome",
  "offer from host",
  "pong",
  "closed 1000",
  "refused 4003 ROOM_INVALID never",
];
/** How long a program may take, in milliseconds. */
const timeoutMs = 60_000;

/** What does not hold of a library; undefined if all does. */
async function problemOf({ file, install, run }: Library, url: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "parley-websocket-"));
  try {
    cpSync(join(import.meta.dirname, file), join(folder, file));
    const installed = spawnSync("sh", ["-c", install], { cwd: folder, encoding: "utf8", env: environment });
    if (installed.status !== 0) return `${install} failed:\n${installed.stdout}${installed.stderr}`;
    const guest = spawn("sh", ["-c", run], {
      cwd: folder,
      env: { ...environment, PARLEY: url },
      timeout: timeoutMs,
    });
    let printed = "";
    guest.stdout.on("data", (data: Buffer) => {
      printed += String(data);
    });
    guest.stderr.on("data", (data: Buffer) => {
      printed += String(data);
    });
    const exited = once(guest, "exit");
    const letters = await Promise.race([callGuest(url), exited.then(() => undefined)]);
    await exited;
    const lines = printed.trim().split("\n");
    const isExpected =
      lines.length === expected.length && lines.every((line, n) => line.startsWith(expected[n] ?? ""));
    if (!isExpected) return `printed:\n${printed}`;
    return letters === 20_000 ? undefined : `the answer has ${letters} letters`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2);
await using server = await startServer();
let failed = 0;
for (const [language, library] of Object.entries(libraries)) {
  if (wanted.length > 0 && !wanted.includes(language)) continue;
  if (spawnSync("sh", ["-c", library.toolchain], { env: environment }).status !== 0) {
    console.log(`left out  ${library.name}: its toolchain is not installed`);
    continue;
  }
  const problem = await problemOf(library, server.url);
  console.log(`${problem === undefined ? "passed" : "FAILED"}  ${library.name}`);
  if (problem === undefined) continue;
  console.log(problem);
  failed++;
}
if (failed > 0) process.exitCode = 1;
