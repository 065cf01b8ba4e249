import { readFileSync } from "node:fs";
import type { Drama, Scenario } from "../drama.ts";
import { SingleRedis } from "../storage.ts";
import { Flooder } from "./flooder.ts";
import { MuteReader } from "./mute-reader.ts";

/** Signals a second to each reader: of 4 KB, so that its mailbox is full within seconds. */
const floodPerSecond = 50;

/** What a node may grow by, in MiB, while two of its readers are flooded. A mailbox holds half of one. */
const mayGrowMiB = 96;

/** How long the nodes may take for what they have to do, in milliseconds. */
const patienceMs = 15_000;

/** The memory of all nodes, in MiB. */
function residentMiB(drama: Drama): number {
  const pages = drama.stage.nodes.map(({ process: { pid } }) =>
    Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]),
  );
  return Math.round((pages.reduce((sum, count) => sum + count, 0) * 4096) / 1024 ** 2);
}

async function floodTwo(drama: Drama): Promise<void> {
  const { stage, profile } = drama;
  const memory = residentMiB(drama);
  await using parts = new AsyncDisposableStack();
  const blind = parts.use(await MuteReader.join(stage.url, "slow.blind", { reads: false }));
  const mute = parts.use(await MuteReader.join(stage.url, "slow.mute", { reads: true }));
  const toBlind = parts.use(await Flooder.join(stage.url, "slow.blind", blind.name));
  const toMute = parts.use(await Flooder.join(stage.url, "slow.mute", mute.name));
  const mailbox = 256;
  const full = () => toBlind.rejectedFor("MAILBOX_FULL") > 0 && mute.received > mailbox;
  const end = Date.now() + profile.slowReadersMs;
  while (Date.now() < end || (!full() && Date.now() < end + patienceMs)) {
    toBlind.send();
    toMute.send();
    await drama.pause(1000 / floodPerSecond);
  }
  await drama.until(
    () => toBlind.open === 0 && toMute.open === 0,
    "all that was sent to be answered",
    patienceMs,
  );
  drama.happened(toBlind.rejectedFor("MAILBOX_FULL") > 0, "the mailbox of the blind reader was full");
  drama.happened(mute.received > mailbox, `the mute reader got ${mute.received}, more than a mailbox holds`);
  drama.must(toMute.rejected === 0, `who reads gets everything: ${toMute.reasons}`);
  drama.must(mute.received === toMute.acked, `${toMute.acked} were stored and ${mute.received} read`);
  drama.must(mute.inOrder, "what is read is in order");
  const grown = residentMiB(drama) - memory;
  drama.must(grown < mayGrowMiB * stage.nodes.length, `the nodes grew by ${grown} MiB only`);
  drama.note(`blind: ${toBlind.acked} stored, ${toBlind.rejected} rejected (${toBlind.reasons})`);
  drama.note(`mute: ${mute.received} read without an ack`);
  drama.note(`nodes grew by ${grown} MiB`);
}

const flood = { dooms: false, slower: 5, run: floodTwo };

export const slowReadersOnOneNode: Scenario = {
  ...flood,
  id: "6a",
  name: "a reader that never reads, one that never acks; one node in memory",
  nodes: 1,
};

export const slowReadersOnRedis: Scenario = {
  ...flood,
  id: "6b",
  name: "a reader that never reads, one that never acks; three nodes on Redis",
  nodes: 3,
  storage: () => SingleRedis.start(),
};
