import { randomBytes } from "node:crypto";
import type { ClientHttp2Session } from "node:http2";
import { audience, issuer } from "../../access/issuer.ts";
import type { Attack } from "../attack.ts";
import { openHttp2 } from "../attackers.ts";
import { type Beginning, callReceive } from "../receive-call.ts";

/** The limits of one address, by default. */
const burst = 1000;
const perSecond = 10;
const addresses = 4;
const atOnce = 100;

/** A token with everything right but its signature, so that this has to be verified. */
function forgedToken(): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: audience, sub: "mallory", jti: randomBytes(9).toString("hex") };
  const parts = [{ alg: "EdDSA" }, { ...claims, iat: now, exp: now + 60, parley: { rooms: ["*"] } }];
  const encoded = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...encoded, randomBytes(64).toString("base64url")].join(".");
}

async function floodFrom(session: ClientHttp2Session, count: number): Promise<Beginning[]> {
  const outcomes: Beginning[] = [];
  while (outcomes.length < count) {
    const joins = Array.from({ length: atOnce }, () => {
      const join = { room: "flood", accessToken: forgedToken() };
      return callReceive(session, { join, poll: true }).first;
    });
    outcomes.push(...(await Promise.all(joins)));
  }
  return outcomes;
}

/** Joins with forged access tokens, as fast as it can, from several addresses. */
export const tokenFlood: Attack = {
  id: "token-flood",
  name: "joins with forged access tokens without end",
  access: true,
  // Several joins more than are permitted, so that only the limit of tokens is met.
  flags: ["--limit-loopback", "true", "--address-joins", "100000", "--address-join-rate", "100000"],
  growthMb: 224,
  descriptors: 32,
  async run(target, scale) {
    const count = scale === "full" ? 5000 : 1500;
    const sessions = Array.from({ length: addresses }, (_, address) => openHttp2(target, address));
    const began = performance.now();
    const outcomes = await Promise.all(sessions.map((session) => floodFrom(session, count)));
    const seconds = (performance.now() - began) / 1000;
    for (const session of sessions) session.destroy();
    const mostVerified = burst + perSecond * (seconds + 1) + atOnce;
    for (const ofAddress of outcomes) {
      const reasons = ofAddress.map((outcome) =>
        outcome.kind === "refused" ? outcome.reason : outcome.kind,
      );
      const verified = reasons.filter((reason) => reason === "ACCESS_TOKEN_INVALID").length;
      const limited = reasons.filter((reason) => reason === "RATE_LIMITED").length;
      if (verified + limited !== reasons.length) throw new Error(`answered with ${[...new Set(reasons)]}`);
      if (verified > mostVerified || limited === 0) throw new Error(`${verified} tokens were verified`);
    }
    const all = outcomes.flat().length;
    return `${all} joins from ${addresses} addresses in ${seconds.toFixed(1)} s; ${burst} tokens of each address were verified`;
  },
};
