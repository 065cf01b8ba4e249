import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { createAccessToken } from "../../../server/src/token.ts";
import { joinOnce } from "../clients/join-once.ts";
import { kinds } from "../kinds.ts";
import { ServerProcess } from "../server-process.ts";
import { type Effort, type Findings, median, rounded } from "./part.ts";

/** How many joins are measured in a turn, and how often the two servers take turns. */
const joinsInTurn = 500;
const turns = 9;
/** What figures are named, and how many joins are under way at once. */
const loads = [
  ["join", 1],
  ["joinFull", 32],
] as const;
const issuer = "https://issuer.example";
const audience = "parley.example";

/** What a join costs with an access token, each signed with Ed25519 and seen for the first time, and without one. */
export async function measureJoin({ rounds }: Effort, log: (text: string) => void): Promise<Findings> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const folder = mkdtempSync(pathOf(tmpdir(), "parley-bench-"));
  const keyFile = pathOf(folder, "issuer.pem");
  writeFileSync(keyFile, publicKey.export({ type: "spki", format: "pem" }));
  const generous = ["--address-joins", "10000000", "--address-join-rate", "10000000"];
  const rules = ["--token-key", keyFile, "--token-issuer", issuer, "--token-audience", audience];
  const found: Record<string, number[]> = {};
  const note = (name: string, value: number) => {
    found[name] ??= [];
    found[name].push(value);
  };
  try {
    await using open = await ServerProcess.start(kinds.grpc, ...generous);
    await using guarded = await ServerProcess.start(kinds.grpc, ...generous, ...rules);
    for (let turn = -1; turn < turns * rounds; turn++) {
      for (const [load, lanes] of loads) {
        const roomOf = (n: number) => `room${turn}.${lanes}.${n}`;
        const tokens = await tokensOf(privateKey, roomOf);
        const without = await cpuOf(open, lanes, (n) => joinOnce(open.url, fromOf(n), roomOf(n), undefined));
        const withToken = await cpuOf(guarded, lanes, (n) =>
          joinOnce(guarded.url, fromOf(n), roomOf(n), tokens[n]),
        );
        // The first turn warms up.
        if (turn < 0) continue;
        const ratio = withToken / without;
        note(`${load}.cpu`, without);
        note(`${load}.token.cpu`, withToken);
        note(`${load}.token.ratio`, ratio);
        log(
          `${load}: ${rounded(without)} µs, with a token ${rounded(withToken)}, ratio ${rounded(ratio, 2)}`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const figures = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, median(values)]));
  const row = (title: string, name: string, digits = 0) => [
    title,
    ...loads.map(([load]) => rounded(figures[`${load}.${name}`] ?? Number.NaN, digits)),
  ];
  return {
    figures,
    sections: [
      {
        title: "A join with an access token",
        text: `µs CPU of a join over gRPC, each on a connection and in a room of its own, ${joinsInTurn} without and ${joinsInTurn} with a token in turn. Each token is signed with Ed25519 and verified for the first time.`,
        columns: [
          "join",
          ...loads.map(([, lanes]) => (lanes === 1 ? "one after another" : `${lanes} at once`)),
        ],
        rows: [
          row("without a token", "cpu"),
          row("with a token", "token.cpu"),
          row("ratio, median of the turns", "token.ratio", 2),
        ],
      },
    ],
  };
}

function fromOf(n: number): string {
  return `127.0.0.${2 + (n % 64)}`;
}

function tokensOf(privateKey: KeyObject, roomOf: (n: number) => string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: joinsInTurn }, (_, n) =>
      createAccessToken({
        ...{ issuer, audience, privateKey, subject: `user-${roomOf(n)}`, rooms: ["room*"] },
        peerId: "peer",
      }),
    ),
  );
}

/** The processor time that the server spends on one of these joins, so many of them at once, in microseconds. */
async function cpuOf(
  server: ServerProcess,
  lanes: number,
  join: (n: number) => Promise<void>,
): Promise<number> {
  const before = server.cpuMicros;
  let next = 0;
  const lane = async () => {
    while (next < joinsInTurn) await join(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (server.cpuMicros - before) / joinsInTurn;
}
