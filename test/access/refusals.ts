import { generateKeyPairSync } from "node:crypto";
import type { TokenInit } from "./issuer.ts";

const other = generateKeyPairSync("ed25519");

/** How a join in the room "standup" as Alice ends, by what is wrong with its token. `now` is in seconds. */
export function refusalsAt(
  now: number,
): readonly (readonly [fault: string, token: TokenInit, end: string])[] {
  return [
    ["expired", { claims: { exp: now - 60 } }, "UNAUTHENTICATED ACCESS_TOKEN_EXPIRED"],
    ["not valid yet", { claims: { nbf: now + 60 } }, "UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    ["another audience", { claims: { aud: "other" } }, "UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    ["another issuer", { claims: { iss: "other" } }, "UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    [
      "another algorithm",
      { header: { alg: "HS256" }, key: Buffer.alloc(32, 1) },
      "UNAUTHENTICATED ACCESS_TOKEN_INVALID",
    ],
    ["another key", { key: other.privateKey }, "UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    ["too large", { claims: { filler: "x".repeat(5000) } }, "UNAUTHENTICATED ACCESS_TOKEN_INVALID"],
    [
      "another room",
      { claims: { parley: { rooms: ["other", "stand"] } } },
      "PERMISSION_DENIED ACCESS_DENIED",
    ],
    ["no room", { claims: { parley: {} } }, "PERMISSION_DENIED ACCESS_DENIED"],
    [
      "another name",
      { claims: { parley: { rooms: ["*"], peer_id: "bob" } } },
      "PERMISSION_DENIED ACCESS_DENIED",
    ],
    [
      "hidden, and a grant to send",
      { claims: { parley: { rooms: ["*"], grants: ["join", "receive", "send", "hidden"] } } },
      "UNAUTHENTICATED ACCESS_TOKEN_INVALID",
    ],
    [
      "no grant to join",
      { claims: { parley: { rooms: ["*"], grants: ["receive"] } } },
      "PERMISSION_DENIED ACCESS_DENIED",
    ],
    [
      "no grant to receive",
      { claims: { parley: { rooms: ["*"], grants: ["join"] } } },
      "PERMISSION_DENIED ACCESS_DENIED",
    ],
  ];
}
