import { ConnectError } from "@connectrpc/connect";
import { Reason, reasonName } from "@parley/contract";
import { reasonOfError } from "../../../server/src/errors/parley-error.ts";
import type { Attack } from "../attack.ts";
import { AttackClient } from "../attack-client.ts";

const room = "stage";
const candidate = { candidate: `candidate:1 1 udp 1 192.0.2.1 1 typ host ${"x".repeat(3000)}` };
const signalsOfBurst = 256;

/**
 * Bursts that fill a peer's mailbox within one turn of the event loop, and a join under its name right behind each. A
 * server that takes such a peer for slow ends its stream, and one that frees the names of those without a stream
 * lets the attacker in between two people.
 */
export const nameTheft: Attack = {
  id: "name-theft",
  name: "bursts that would detach a peer and free its name",
  growthMb: 96,
  descriptors: 16,
  recoveryMs: 40_000,
  mayDelay: true,
  engines: ["memory", "redis"],
  async run(target, scale) {
    using victim = new AttackClient(target, 1);
    using attacker = new AttackClient(target, 0);
    // Without a nonce: its name would be free at once if it lost its stream.
    const reading = readOn(victim);
    await reading.joined;
    const until = Date.now() + (scale === "full" ? 6000 : 2000);
    let bursts = 0;
    let full = 0;
    while (Date.now() < until) {
      const { sessionToken } = await attacker.joinAway({ room });
      const signals = Array.from({ length: signalsOfBurst }, () => ({
        to: "victim",
        body: { case: "iceCandidate" as const, value: candidate },
      }));
      const [sent] = await Promise.all([
        attacker.service.sendSignals({ sessionToken, signals }),
        steal(attacker),
        steal(attacker),
      ]);
      full += sent.rejected.filter(({ reason }) => reason === Reason.MAILBOX_FULL).length;
      await attacker.leave(sessionToken);
      bursts++;
    }
    if (reading.ended()) throw new Error("the peer lost its stream");
    return `${bursts} bursts of ${signalsOfBurst} signals, ${full} of them refused; the peer kept its stream and its name`;
  },
};

/** Asks for the name of the peer; throws if it is given. */
async function steal(attacker: AttackClient): Promise<void> {
  try {
    await attacker.joinAway({ room, peerId: "victim" });
  } catch (error) {
    const reason = reasonOfError(ConnectError.from(error)) ?? Reason.UNSPECIFIED;
    if (reason === Reason.PEER_ID_TAKEN) return;
    throw new Error(`the name was refused with ${reasonName(reason)}`, { cause: error });
  }
  throw new Error("the name was stolen");
}

/** A peer that reads its stream well, and never acknowledges. */
function readOn(victim: AttackClient) {
  const { promise: joined, resolve, reject } = Promise.withResolvers<void>();
  let ended = false;
  const read = async () => {
    for await (const { body } of victim.service.receive({
      start: { case: "join", value: { room, peerId: "victim" } },
    })) {
      if (body.case === "welcome") resolve();
    }
  };
  read()
    .catch(reject)
    .finally(() => {
      ended = true;
    });
  return { joined, ended: () => ended };
}
