/**
 * Runs the programs of docs/access.md that sign access tokens, with a key of openssl, and joins a service with what they
 * print. Languages whose toolchain is not installed are named and left out.
 *
 *     node test/access/issuers/run.ts [language...]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Server } from "../../../server/src/server.ts";
import { LogBook } from "../../contract/stage/log-book.ts";
import { configOf } from "../../contract/stage/stage.ts";
import { ways } from "../../contract/ways/index.ts";
import { environment } from "../../interop/example.ts";

interface Language {
  /** The word behind the fence of its program. */
  readonly fence: string;
  readonly toolchain: string;
  readonly install: string;
  readonly file: string;
  readonly run: string;
}

const languages: readonly Language[] = [
  {
    fence: "python",
    toolchain: "python3 -c 'import venv, ensurepip'",
    install: "python3 -m venv .venv && .venv/bin/pip install -q 'pyjwt[crypto]'",
    file: "main.py",
    run: ".venv/bin/python main.py",
  },
  {
    fence: "go",
    toolchain: "go version",
    install: "go mod init issuer && go get github.com/golang-jwt/jwt/v5",
    file: "main.go",
    run: "go run .",
  },
];

const page = readFileSync(new URL("../../../docs/access.md", import.meta.url), "utf8");

function shell(command: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    cwd,
    encoding: "utf8",
    env: environment,
  });
  if (status !== 0) throw new Error(`${command} failed:\n${stdout}${stderr}`);
  return stdout;
}

function isInstalled({ toolchain }: Language): boolean {
  return spawnSync("sh", ["-c", toolchain], { env: environment }).status === 0;
}

/** The token that the program of the page prints. */
function tokenOf({ fence, install, file, run }: Language, folder: string): string {
  const program = new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\``, "ms").exec(page)?.[1];
  if (program === undefined) throw new Error(`the page has no program in ${fence}`);
  shell(install, folder);
  writeFileSync(join(folder, file), program);
  return shell(run, folder).trim();
}

/** How the service names the holder of a token; or what it answers instead. */
async function peerOf(url: string, token: string): Promise<unknown> {
  const [way] = ways;
  const stream = way?.open(url, { case: "join", value: { room: "standup" } }, { token });
  const response = await stream?.inbox.next();
  stream?.cut();
  if (response === undefined || !("body" in response) || response.body.case !== "welcome") return response;
  const { peerId, trusted } = response.body.value.you ?? {};
  return { peerId, trusted };
}

const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "parley-issuers-"));
let failed = 0;
try {
  const key = join(folder, "issuer-key.pem");
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]);
  execFileSync("openssl", ["pkey", "-in", key, "-pubout", "-out", join(folder, "issuer.pem")]);
  const rules = ["--token-issuer", "https://app.example", "--token-audience", "parley.example"];
  const flags = ["--token-key", join(folder, "issuer.pem"), ...rules, "--duplicate-peer-id", "replace"];
  await using server = new Server(await configOf(flags), { logger: new LogBook() });
  const { url } = await server.start();
  for (const language of languages) {
    const { fence } = language;
    if (wanted.length > 0 && !wanted.includes(fence)) continue;
    if (!isInstalled(language)) {
      console.log(`left out  ${fence}: its toolchain is not installed`);
      continue;
    }
    const you = JSON.stringify(await peerOf(url, tokenOf(language, folder)));
    const passed = you === JSON.stringify({ peerId: "user-42", trusted: { name: "Ada" } });
    console.log(passed ? `passed  ${fence}` : `FAILED  ${fence}: ${you}`);
    if (!passed) failed++;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failed > 0) process.exitCode = 1;
