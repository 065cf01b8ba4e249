import { setTimeout as pause } from "node:timers/promises";
import { sdp } from "../../contract/stage/content.ts";
import { until } from "../../kit/until.ts";
import { within } from "../../kit/within.ts";
import { delimited, join, lengthOf, RawTcp } from "../../tcp/raw-tcp.ts";
import type { Attack } from "../attack.ts";
import { openSocket } from "../attackers.ts";
import type { Target } from "../target.ts";

/** One way to harm a node over TCP, and the reason that answers it; undefined if it may stay for now. */
interface Harm {
  readonly name: string;
  readonly reason: string | undefined;
  run(client: RawTcp, index: number): void;
}

const preface = Buffer.from("\0parley1", "latin1");
const tooLarge = "8 MESSAGE_TOO_LARGE";
const malformed = "3 MALFORMED_MESSAGE";

const harms: readonly Harm[] = [
  { name: "half a preface", reason: undefined, run: (client) => client.send(preface.subarray(0, 4)) },
  { name: "a preface and nothing else", reason: undefined, run: (client) => client.begin() },
  {
    name: "giant lengths",
    reason: tooLarge,
    run: (client) => client.begin(lengthOf(2 ** 32 - 1), Buffer.alloc(60_000)),
  },
  {
    name: "lengths without an end",
    reason: malformed,
    run: (client) => client.begin(Buffer.alloc(50, 0x80)),
  },
  {
    name: "bytes that are no message",
    reason: malformed,
    run: (client, index) =>
      client.begin(join(`p${index}`, `tcp-${index}`), lengthOf(3), Buffer.alloc(3, 0xff)),
  },
  {
    name: "bytes one at a time",
    reason: undefined,
    run(client, index) {
      const bytes = Buffer.concat([preface, join(`p${index}`, `slow-${index}`)]);
      client.socket.setNoDelay(true);
      for (let at = 0; at < bytes.length - 1; at++) client.send(bytes.subarray(at, at + 1));
    },
  },
  {
    name: "floods of the smallest messages",
    reason: undefined,
    run(client, index) {
      client.begin(join(`p${index}`, `floods-${index}`), Buffer.alloc(500_000));
    },
  },
];

/** How long a `Closed` may take, in milliseconds. */
const closedMs = 5000;
/** How long it may take until the mailboxes of clients that do not read are full, in milliseconds. */
const fullMs = 30_000;

/** TCP connections that break every rule, beside some that only stand there and some that never read. */
export const tcpConnections: Attack = {
  id: "tcp-connections",
  name: "TCP: idle, slow, with half a preface, giant lengths, floods of small messages and readers without a window",
  flags: ["--limit-loopback", "true"],
  growthMb: 400,
  descriptors: 4000,
  // A connection without a session has 30 seconds.
  recoveryMs: 45_000,
  async run(target, scale) {
    const [rounds, each, idle] = scale === "full" ? [5, 20, 2000] : [2, 10, 500];
    const idlers = Array.from({ length: idle }, (_, index) => open(target, index));
    let refused = 0;
    let full = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        for (const harm of harms) refused += await play(target, harm, each);
      }
      full = await fillMailboxes(target, each);
    } finally {
      for (const idler of idlers) idler[Symbol.dispose]();
    }
    const expected = rounds * each * harms.filter(({ reason }) => reason !== undefined).length;
    if (refused < expected) throw new Error(`only ${refused} of ${expected} connections were refused`);
    return `${idle} idle connections, ${rounds * each * harms.length} that do harm, ${refused} of them refused; ${full} that never read had a full mailbox`;
  },
};

async function play(target: Target, harm: Harm, count: number): Promise<number> {
  const clients = Array.from({ length: count }, (_, index) => open(target, index));
  let refused = 0;
  try {
    for (const [index, client] of clients.entries()) harm.run(client, index);
    if (harm.reason === undefined) await pause(200);
    else {
      for (const client of clients) {
        await within(closedMs, `the end of ${harm.name}`, client.ended);
        if (client.closedBy !== harm.reason)
          throw new Error(`${harm.name} were answered with ${client.closedBy}`);
        refused++;
      }
    }
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
  return refused;
}

/** Sends to clients that read nothing, until their senders are refused; how many of them were. */
async function fillMailboxes(target: Target, count: number): Promise<number> {
  const victims = Array.from({ length: count }, (_, index) => open(target, index));
  const senders = Array.from({ length: count }, (_, index) => open(target, index));
  try {
    for (const [index, victim] of victims.entries()) victim.begin(join("victim", `unread-${index}`));
    await Promise.all(victims.map((victim) => welcomed(victim)));
    for (const victim of victims) victim.socket.pause();
    for (const [index, sender] of senders.entries()) sender.begin(join("sender", `unread-${index}`));
    await Promise.all(senders.map((sender) => welcomed(sender)));
    const isRefused = (sender: RawTcp) => sender.bodies.includes("rejected");
    let seq = 0;
    await until(
      async () => {
        seq++;
        const body = { case: "offer", value: { sdp: sdp("flood", 100_000) } } as const;
        for (const sender of senders) sender.send(delimited({ seq, to: "victim", body }));
        await pause(20);
        return senders.every(isRefused);
      },
      "the mailboxes of clients that do not read to be full",
      fullMs,
    );
    return senders.filter(isRefused).length;
  } finally {
    for (const client of [...victims, ...senders]) client[Symbol.dispose]();
  }
}

async function welcomed(client: RawTcp): Promise<void> {
  await until(async () => client.bodies.includes("welcome"), "a welcome", closedMs);
}

function open(target: Target, attacker: number): RawTcp {
  return new RawTcp(openSocket(target, attacker));
}
