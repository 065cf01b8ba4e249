import { randomBytes } from "node:crypto";
import type { Attack } from "../attack.ts";
import { AttackClient } from "../attack-client.ts";

/**
 * Hundreds of joins and leaves while an honest peer is away. A server that must keep each of them for its return gives
 * its session up when the mailbox is full.
 */
export const awayFlood: Attack = {
  id: "away-flood",
  name: "joins that would overflow a peer in its resume window",
  growthMb: 50,
  descriptors: 8,
  recoveryMs: 30_000,
  engines: ["memory", "redis"],
  async run(target, scale) {
    const joins = scale === "full" ? 800 : 320;
    using victim = new AttackClient(target, 1);
    using attacker = new AttackClient(target, 0);
    const room = "crowded";
    const before = await victim.joinAway({ room, peerId: "victim", nonce: randomBytes(16) });
    const visit = async (guest: number) => {
      const { sessionToken } = await attacker.joinAway({ room, peerId: `guest-${guest}` });
      await attacker.leave(sessionToken);
    };
    // A few at a time: this attack is for the mailbox, not for the processor.
    for (let guest = 0; guest < joins; guest += 4) {
      await Promise.all([0, 1, 2, 3].map((more) => visit(guest + more)));
    }
    const after = await victim.resumeAway(before.sessionToken);
    if (!after.resumed || after.you?.session !== before.you?.session)
      throw new Error("the peer lost its session");
    if (after.peers.length > 0) throw new Error(`${after.peers.length} guests are left`);
    return `${joins} joins and leaves; the peer has its session back`;
  },
};
