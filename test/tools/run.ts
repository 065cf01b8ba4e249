/**
 * Runs the tools that backend developers try first against a live server, with nothing but its address: grpcurl,
 * buf curl, grpc-health-probe and ghz; and a backend in Go with many sessions on one channel. The Go programs are built into .cache/ on first use.
 *
 *     node test/tools/run.ts
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { environment } from "../interop/example.ts";
import { type LiveServer, startServer } from "../interop/live-server.ts";
import { type GoTool, goIsInstalled, goTool, goToolFolders } from "./go-tools.ts";

interface Check {
  readonly name: string;
  readonly tool: GoTool | "buf" | "go";
  /** Where it runs; here unless it matters. */
  readonly folder?: string;
  readonly args: (server: LiveServer) => string[];
  readonly input?: string;
  /** The exit code; 0 unless the tool is meant to fail. */
  readonly status?: (status: number) => boolean;
  /** What its output contains. */
  readonly says: readonly RegExp[];
}

const service = "parley.v1.SignalingService";
const plain = ["-plaintext"];
const failed = (status: number) => status !== 0;
const bare = ({ address }: LiveServer) => address;

const checks: Check[] = [
  {
    name: "grpcurl lists the services",
    tool: "grpcurl",
    args: (server) => [...plain, bare(server), "list"],
    says: [/^parley\.v1\.SignalingService$/m, /^grpc\.health\.v1\.Health$/m, /^grpc\.reflection\.v1\./m],
  },
  {
    name: "grpcurl lists the methods",
    tool: "grpcurl",
    args: (server) => [...plain, bare(server), "list", service],
    says: [/\.Signal$/m, /\.Receive$/m, /\.SendSignals$/m],
  },
  {
    name: "grpcurl describes a message",
    tool: "grpcurl",
    args: (server) => [...plain, bare(server), "describe", "parley.v1.Join"],
    says: [/^message Join \{$/m, /string room = 1;/],
  },
  {
    name: "grpcurl describes everything",
    tool: "grpcurl",
    args: (server) => [...plain, bare(server), "describe"],
    says: [/rpc Signal \( stream \.parley\.v1\.SignalRequest \)/, /rpc Watch/],
  },
  {
    name: "grpcurl joins and leaves over Signal",
    tool: "grpcurl",
    args: (server) => [...plain, "-d", "@", bare(server), `${service}/Signal`],
    input: '{"join": {"room": "tools", "peer_id": "grpcurl"}} {"seq": 1, "leave": {}}',
    says: [/"peerId": "grpcurl"/, /"ack": 1/],
  },
  {
    name: "grpcurl shows the details of an error",
    tool: "grpcurl",
    args: (server) => [...plain, "-d", '{"session_token": "no"}', bare(server), `${service}/SendSignals`],
    status: failed,
    says: [/Code: Unauthenticated/, /"reason": "SESSION_TOKEN_INVALID"/],
  },
  {
    name: "buf curl lists the methods",
    tool: "buf",
    args: ({ url }) => ["curl", "--http2-prior-knowledge", "--list-methods", url],
    says: [/^parley\.v1\.SignalingService\/Signal$/m, /^grpc\.health\.v1\.Health\/Check$/m],
  },
  ...["grpc", "grpcweb", "connect"].map(
    (protocol): Check => ({
      name: `buf curl joins by ${protocol}`,
      tool: "buf",
      args: ({ url }) => [
        ...["curl", "--http2-prior-knowledge", "--protocol", protocol],
        ...["-d", '{"join": {"room": "tools"}, "poll": true}', `${url}/${service}/Receive`],
      ],
      says: [/"sessionToken"/],
    }),
  ),
  ...["", service].map(
    (name): Check => ({
      name: `grpc-health-probe finds ${name === "" ? "the server" : "the service"} healthy`,
      tool: "grpc-health-probe",
      args: (server) => ["-addr", bare(server), "-service", name],
      says: [/status: SERVING/],
    }),
  ),
  {
    name: "grpc-health-probe does not find a service that is not here",
    tool: "grpc-health-probe",
    args: (server) => ["-addr", bare(server), "-service", "nothing"],
    status: failed,
    says: [/NotFound/],
  },
  {
    name: "ghz loads a unary method",
    tool: "ghz",
    args: (server) => [
      "--insecure",
      "-n",
      "200",
      "-c",
      "4",
      "--call",
      "grpc.health.v1.Health/Check",
      bare(server),
    ],
    says: [/\[OK\]\s+200 responses/],
  },
  {
    name: "ghz loads Signal",
    tool: "ghz",
    args: (server) => [
      ...["--insecure", "-n", "50", "-c", "4", "--call", `${service}/Signal`],
      ...["-d", '[{"join": {"room": "ghz-{{.RequestNumber}}"}}, {"seq": 1, "leave": {}}]', bare(server)],
    ],
    says: [/\[OK\]\s+50 responses/],
  },
  {
    name: "500 sessions share one channel of grpc-go, and a unary call still finds room on it",
    tool: "go",
    folder: fileURLToPath(new URL("many-sessions", import.meta.url)),
    args: (server) => ["run", ".", "-server", bare(server), "-sessions", "500"],
    says: [/^500 sessions are open$/m, /^a unary call is answered$/m, /^500 sessions have left$/m],
  },
];

function problemsOf(check: Check, server: LiveServer): string[] {
  const { tool, folder, args, input = "", status: expected, says } = check;
  const program = tool === "buf" || tool === "go" ? tool : goTool(tool);
  const { status, stdout, stderr, error } = spawnSync(program, args(server), {
    input,
    encoding: "utf8",
    ...(folder === undefined ? {} : { cwd: folder }),
    env: environment,
    timeout: 60_000,
  });
  if (error !== undefined) return [String(error)];
  const output = `${stdout}${stderr}`;
  const code = status ?? -1;
  const problems = says
    .filter((pattern) => !pattern.test(output))
    .map((pattern) => `does not say ${pattern}`);
  if (!(expected?.(code) ?? code === 0)) problems.push(`ended with ${code}`);
  return problems.length === 0 ? [] : [...problems, output];
}

/** Runs the commands of a section of a page, one after the other; what they print if one fails. */
function failureOfPage(page: string, heading: string, server: LiveServer): string | undefined {
  const text = readFileSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)), "utf8");
  const [, section = ""] = text.split(`\n## ${heading}\n`);
  const [body = ""] = section.split("\n## ");
  const blocks = [...body.matchAll(/```sh\n(.*?)```/gs)].map(([, commands = ""]) => commands);
  if (blocks.length === 0) return `${page} has no commands under ${heading}`;
  const { status, stdout, stderr } = spawnSync("sh", ["-eux"], {
    input: blocks.join("\n").replaceAll("127.0.0.1:8080", server.address),
    encoding: "utf8",
    env: { ...environment, PATH: [...goToolFolders(), environment["PATH"]].join(delimiter) },
    timeout: 60_000,
  });
  return status === 0 ? undefined : `${stdout}${stderr}`;
}

await using server = await startServer();
const withGo = goIsInstalled();
let failures = 0;
let passed = 0;
for (const check of checks) {
  if (check.tool !== "buf" && !withGo) continue;
  const problems = problemsOf(check, server);
  console.log(`${problems.length === 0 ? "passed" : "FAILED"}  ${check.name}`);
  for (const problem of problems) console.log(problem);
  if (problems.length === 0) passed++;
  else failures++;
}
if (withGo) {
  const failure = failureOfPage("docs/backends.md", "First contact", server);
  console.log(`${failure === undefined ? "passed" : "FAILED"}  the commands of docs/backends.md`);
  if (failure === undefined) passed++;
  else {
    failures++;
    console.log(failure);
  }
} else console.log("not run, because Go is not installed: grpcurl, grpc-health-probe, ghz");
console.log(`${passed} passed, ${failures} failed`);
if (failures > 0) process.exitCode = 1;
