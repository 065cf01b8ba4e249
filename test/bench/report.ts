import { cpus } from "node:os";
import process from "node:process";
import type { Section } from "./parts/part.ts";
import type { Result } from "./results.ts";

/** A figure that is held against an aim: a ratio of two figures, or one of them as it is. */
interface Aim {
  readonly title: string;
  readonly of: readonly [above: string, below?: string];
  /** Absent if it is shown for comparison only. */
  readonly most?: number;
  readonly reachFor?: number;
}

const aims: readonly Aim[] = [
  ...atBothLoads("CPU of a gRPC call / bare TCP relay", "grpc", "tcp", { most: 1.4, reachFor: 1.1 }),
  ...atBothLoads("CPU of a gRPC call / a TCP relay that writes a burst at once", "grpc", "tcpGathered"),
  ...atBothLoads("CPU of a gRPC call / bare HTTP/2 relay, the floor of Node", "grpc", "http2"),
  ...atBothLoads("CPU of a gRPC call / PeerJS", "grpc", "peerjs", { most: 0.75, reachFor: 0.5 }),
  ...atBothLoads("CPU of a gRPC call / the same sessions behind connect-node", "grpc", "connectNode"),
  ...atBothLoads("CPU of a web call / PeerJS", "web", "peerjs", { most: 1.2, reachFor: 0.8 }),
  ...atBothLoads("CPU of a web call / bare HTTP/1.1 relay, the floor of Node", "web", "http1"),
  ...atBothLoads("CPU of a WebSocket call / PeerJS", "sockets.webSocket", "sockets.peerjs", {
    most: 0.75,
    reachFor: 0.6,
  }),
  { title: "CPU of a join with an EdDSA token / without one", of: ["join.token.ratio"], most: 1.5 },
  { title: "the same, 32 joins at once", of: ["joinFull.token.ratio"], most: 1.5 },
  ...atBothLoads("CPU of a TCP call / bare TCP relay", "devices.parleyTcp", "devices.tcp", { most: 1.3 }),
  ...atBothLoads(
    "CPU of a TCP call / a TCP relay that writes a burst at once",
    "devices.parleyTcp",
    "devices.tcpGathered",
  ),
  {
    title: "p99 delay of a WebSocket at half load / PeerJS",
    of: ["sockets.webSocket.p99", "sockets.peerjs.p99"],
    most: 1,
  },
  {
    title: "memory of an idle WebSocket peer / PeerJS",
    of: ["sockets.webSocket.memory", "sockets.peerjs.memory"],
    most: 1.5,
    reachFor: 1.2,
  },
  {
    title: "CPU of a WebSocket call, 10,000 idle peers / none",
    of: ["sockets.idle10000.cpu", "sockets.idle0.cpu"],
    most: 1.1,
  },
  {
    title: "a crowd back over WebSockets / connected to the bare ws relay, in seconds",
    of: ["sockets.back", "sockets.relayConnects"],
    most: 2,
  },
  { title: "signals lost while it came back", of: ["sockets.lost"], most: 0, reachFor: 0 },
  {
    title: "memory of an idle TCP peer / PeerJS",
    of: ["devices.parleyTcp.memory", "devices.peerjs.memory"],
    most: 1.6,
    reachFor: 1.2,
  },
  {
    title: "p99 delay of gRPC at half load / PeerJS",
    of: ["grpc.p99", "peerjs.p99"],
    most: 1,
    reachFor: 0.7,
  },
  {
    title: "memory of an idle gRPC peer / PeerJS",
    of: ["grpc.memory", "peerjs.memory"],
    most: 1.3,
    reachFor: 1,
  },
  {
    title: "memory of an idle gRPC peer / bare HTTP/2 relay, the floor of Node",
    of: ["grpc.memory", "http2.memory"],
    most: 1.3,
  },
  {
    title: "memory of an idle gRPC peer / the same sessions behind connect-node",
    of: ["grpc.memory", "connectNode.memory"],
  },
  {
    title: "memory of an idle web peer / PeerJS",
    of: ["web.memory", "peerjs.memory"],
    most: 1.3,
    reachFor: 1,
  },
  {
    title: "memory of an idle web peer / bare HTTP/1.1 relay, the floor of Node",
    of: ["web.memory", "http1.memory"],
    most: 1.3,
  },
  {
    title: "CPU of a call, 10,000 idle peers / none",
    of: ["idle10000.cpu", "idle0.cpu"],
    most: 1.15,
    reachFor: 1.05,
  },
  {
    title: "the same, without the cost of the idle peers themselves",
    of: ["idle10000.ownCpu", "idle0.ownCpu"],
  },
  { title: "signals lost in the storm, gRPC", of: ["grpc.lost"], most: 0, reachFor: 0 },
  { title: "signals lost in the storm, web", of: ["web.lost"], most: 0, reachFor: 0 },
  { title: "signals lost in the storm, WebSocket", of: ["webSocket.lost"], most: 0, reachFor: 0 },
  { title: "signals lost in the storm, TCP", of: ["parleyTcp.lost"], most: 0, reachFor: 0 },
  { title: "CPU of a node per call, Redis / in memory", of: ["redis1.cpu", "redis0.cpu"], most: 2.5 },
];

/**
 * What a call costs depends on how many there are: the fewer, the fewer go together. The bounds are those of full
 * load, from which they were taken; half load is shown for comparison.
 */
function atBothLoads(title: string, above: string, below: string, bounds: Partial<Aim> = {}): Aim[] {
  return [
    { title: `${title}, full load`, of: [`${above}.cpuFull`, `${below}.cpuFull`], ...bounds },
    { title: "the same, half load", of: [`${above}.cpu`, `${below}.cpu`] },
  ];
}

/** The page of results: the bounds, what was measured, and how. */
export function reportPage(results: readonly Result[], method: string, notes: string): string {
  const figures = figuresOf(results);
  const seen = aims.flatMap(({ title, of: [above, below], most, reachFor }) => {
    const value = (figures[above] ?? Number.NaN) / (below === undefined ? 1 : (figures[below] ?? Number.NaN));
    if (Number.isNaN(value)) return [];
    const digits = below === undefined && Number.isInteger(value) ? 0 : 2;
    const text = (number: number | undefined) => number?.toFixed(digits) ?? "-";
    const held = most === undefined ? "-" : value <= most ? "yes" : "**no**";
    return [[title, text(most), text(reachFor), text(value), held]];
  });
  const summary: Section = {
    title: "Bounds",
    text: "Each bound, and what the last run showed. Absolute figures differ from machine to machine: compare ratios.",
    columns: ["figure", "at most", "goal", "measured", "within bound"],
    rows: seen,
  };
  const days = [...new Set(results.map(({ day }) => day))].sort().join(", ");
  const machine = `Measured by \`npm run bench\` (${days}) on ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node.js ${process.versions.node}.`;
  const sections = [summary, ...results.flatMap(({ findings }) => findings.sections)].map(sectionText);
  return [
    "# Performance",
    "<!-- Generated by `npm run bench` from performance.json, test/bench/method.md and test/bench/notes.md. -->",
    machine,
    ...sections,
    "![CPU time of a call, by server](images/call-cpu.svg)",
    method.trim(),
    notes.trim(),
    "",
  ].join("\n\n");
}

function figuresOf(results: readonly Result[]): Readonly<Record<string, number>> {
  return Object.assign({}, ...results.map(({ findings }) => findings.figures));
}

function sectionText({ title, text, columns, rows }: Section): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, i) => (i === 0 ? "---" : "---:"));
  return [`## ${title}`, "", text, "", line(columns), line(rule), ...rows.map(line)].join("\n");
}

/** Bars of the processor time of a call, the shortest first. */
export function callPlot(results: readonly Result[], titles: Readonly<Record<string, string>>): string {
  const figures = figuresOf(results);
  const bars = Object.entries(titles)
    .flatMap(([name, title]) => {
      const value = figures[`${name}.cpuFull`];
      return value === undefined ? [] : [{ title, value, ours: title.startsWith("Parley") }];
    })
    .sort((a, b) => a.value - b.value);
  const widest = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ title, value, ours }, i) => {
    const y = 40 + i * 34;
    const width = (value / widest) * 380;
    const fill = ours ? "#1f7a5c" : "#9aa5a0";
    return `<text x="340" y="${y + 15}" text-anchor="end">${title}</text><rect x="350" y="${y}" width="${width.toFixed(1)}" height="22" rx="3" fill="${fill}"/><text x="${(356 + width).toFixed(1)}" y="${y + 15}">${value.toFixed(0)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 810 ${52 + bars.length * 34}" font-family="sans-serif" font-size="13" fill="#333"><rect width="100%" height="100%" fill="#fff"/><text x="20" y="24" font-weight="bold">µs of CPU time per call, at full load</text>${rows.join("")}</svg>\n`;
}
