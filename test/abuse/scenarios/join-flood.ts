import type { Attack } from "../attack.ts";
import { openHttp2 } from "../attackers.ts";
import { type Beginning, callReceive } from "../receive-call.ts";

/** The limits of one address, by default. */
const burst = 1000;
const perSecond = 100;
const atOnce = 100;

/** Joins as fast as it can, from one address, with as much metadata as is allowed. */
export const joinFlood: Attack = {
  id: "join-flood",
  name: "joins of one client without end",
  flags: ["--limit-loopback", "true"],
  growthMb: 224,
  descriptors: 32,
  // Until the resume windows of those that passed are over.
  recoveryMs: 40_000,
  async run(target, scale) {
    const count = scale === "full" ? 10_000 : 3000;
    const metadata = { note: "x".repeat(4000) };
    const session = openHttp2(target);
    const began = performance.now();
    const outcomes: Beginning[] = [];
    while (outcomes.length < count) {
      const joins = Array.from({ length: atOnce }, (_, index) => {
        const room = `flood-${outcomes.length + index}`;
        return callReceive(session, { join: { room, metadata }, poll: true }).first;
      });
      outcomes.push(...(await Promise.all(joins)));
    }
    const seconds = (performance.now() - began) / 1000;
    session.destroy();
    const welcomed = outcomes.filter(({ kind }) => kind === "welcome").length;
    const allowed = burst + perSecond * (seconds + 1);
    if (welcomed > allowed) throw new Error(`${welcomed} joins passed, more than ${Math.round(allowed)}`);
    for (const outcome of outcomes) {
      if (outcome.kind === "welcome") continue;
      const limited = outcome.kind === "refused" && outcome.reason === "RATE_LIMITED";
      if (!limited || !outcome.retryAfterMs) throw new Error(`refused by ${JSON.stringify(outcome)}`);
    }
    return `${count} joins in ${seconds.toFixed(1)} s; ${welcomed} passed, the rest was RATE_LIMITED`;
  },
};
