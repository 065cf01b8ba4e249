import { kinds } from "../kinds.ts";
import { type Beside, besideIdle } from "./growth.ts";
import { halfLoad } from "./half-load.ts";
import { type Effort, type Findings, median, rounded, type Section } from "./part.ts";
import { measureSideBySide, type SideBySide } from "./side-by-side.ts";
import { connecting, storm } from "./storm.ts";

/** Those that speak WebSocket. */
const sockets: SideBySide = {
  title: "WebSockets side by side",
  text: "Only servers that speak WebSocket, with the same client library.",
  compared: ["webSocket", "peerjs", "ws"],
  prefix: "sockets",
};

/** Parley over a WebSocket beside other servers that speak it: all in turn, in every round. */
export async function measureWebSocket(effort: Effort, log: (text: string) => void): Promise<Findings> {
  const figures: Record<string, number> = {};
  const sections = [
    await measureSideBySide(sockets, effort, figures, log),
    await besideCrowd(effort, figures, log),
    await storms(effort, figures, log),
  ];
  return { figures, sections };
}

async function besideCrowd(
  { callRounds, seconds, growth }: Effort,
  figures: Record<string, number>,
  log: (text: string) => void,
): Promise<Section> {
  const rate = await halfLoad(seconds);
  const found: Beside[][] = [];
  for (let round = 0; round < callRounds; round++) {
    found.push(await besideIdle(kinds.webSocket, growth, seconds, rate));
    log(`WebSocket: beside idle peers, round ${round + 1} of ${callRounds}`);
  }
  const rows = growth.map((idle, n) => {
    const of = (key: keyof Beside) => median(found.map((round) => round[n]?.[key] ?? Number.NaN));
    const [perCall, quietSecond] = [of("perCall"), of("quietSecond")];
    figures[`sockets.idle${idle}.cpu`] = perCall;
    return [
      String(idle),
      rounded(perCall),
      rounded(quietSecond / 1e4, 1),
      rounded(perCall - quietSecond / rate),
    ];
  });
  return {
    title: "WebSocket calls beside idle peers",
    text: `Parley over a WebSocket, 200 calling peers, half load: ${rate} calls per second. Columns as in the table for gRPC.`,
    columns: [
      "idle peers",
      "µs CPU per call, in all",
      "idle peers alone, % of a core",
      "µs CPU per call, without them",
    ],
    rows,
  };
}

async function storms(
  { rounds, crowd }: Effort,
  figures: Record<string, number>,
  log: (text: string) => void,
): Promise<Section> {
  const back: number[] = [];
  const relay: number[] = [];
  let lost = 0;
  for (let round = 0; round < rounds; round++) {
    relay.push(await connecting("ws", crowd));
    const { resumed, sent, received } = await storm("webSocket", crowd);
    back.push(resumed);
    lost += sent - received;
    log(`WebSocket: ${crowd} peers are back, round ${round + 1} of ${rounds}, ${lost} signals lost so far`);
  }
  figures["sockets.back"] = median(back);
  figures["sockets.relayConnects"] = median(relay);
  figures["sockets.lost"] = lost;
  return {
    title: "A crowd comes back over WebSockets",
    text: `${crowd} peers on one node are cut at once, each with a signal under way, and resume 200 at a time; beside it, as many peers that connect to the bare \`ws\` relay, which keeps nothing for them. Bounded by the clients' one core.`,
    columns: ["", "s", "signals lost"],
    rows: [
      ["Parley: all are back", rounded(median(back), 1), String(lost)],
      ["ws relay: all are connected", rounded(median(relay), 1), "-"],
    ],
  };
}
