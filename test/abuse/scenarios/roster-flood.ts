import { randomBytes } from "node:crypto";
import type { Attack } from "../attack.ts";
import { AttackClient } from "../attack-client.ts";

const pollersOfRoom = 98;
const metadata = { about: "x".repeat(4000) };

/**
 * One name joins again and again, with as much metadata as it may have, in rooms that are full of members without a
 * stream. A server that posts who came and went to every mailbox multiplies each join by the size of the room.
 */
export const rosterFlood: Attack = {
  id: "roster-flood",
  name: "joins with large metadata into full rooms",
  // All that the attack leaves behind are its sessions.
  flags: ["--resume-window", "8"],
  growthMb: 50,
  descriptors: 8,
  recoveryMs: 30_000,
  engines: ["memory", "redis"],
  async run(target, scale) {
    const rooms = Array.from({ length: scale === "full" ? 6 : 2 }, (_, index) => `flooded-${index}`);
    const joins = 14;
    using client = new AttackClient(target, 0);
    for (const room of rooms) await fill(client, room);
    for (let round = 0; round < joins; round++) {
      // Without a nonce, the name is free as soon as its holder has no stream.
      for (const room of rooms) await client.joinAway({ room, peerId: "flood", metadata });
    }
    const kilobytes = Math.round((joins * rooms.length * metadata.about.length) / 1024);
    return `${joins * rooms.length} joins, ${kilobytes} KB, into ${rooms.length} rooms of ${pollersOfRoom}`;
  },
};

async function fill(client: AttackClient, room: string): Promise<void> {
  // One after another: this attack is for memory, not for the processor.
  for (let index = 0; index < pollersOfRoom; index++) {
    await client.joinAway({ room, peerId: `poller-${index}`, nonce: randomBytes(16) });
  }
}
