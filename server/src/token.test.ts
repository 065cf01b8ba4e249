import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { TokenVerifier } from "./admission/token-verifier.ts";
import { candidatesAmong, keyOfPem, keyOfSecret } from "./admission/verification-key.ts";
import { systemClock } from "./time/clock.ts";
import { type AccessTokenOptions, createAccessToken } from "./token.ts";

const names = { issuer: "https://app.example", audience: "parley", subject: "ada", rooms: ["standup"] };
const secret = "0123456789abcdef0123456789abcdef";
const pairs = [
  generateKeyPairSync("ed25519"),
  generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  generateKeyPairSync("rsa", { modulusLength: 2048 }),
];
const keys = pairs.map(({ publicKey }) =>
  keyOfPem(publicKey.export({ type: "spki", format: "pem" }).toString(), "k"),
);

async function verified(options: AccessTokenOptions) {
  const rules = { ...names, leewayMs: 0, lifetimeMs: 3_600_000, tokenBytes: 4096 };
  const all = [...keys, keyOfSecret(secret)];
  const source = { candidates: (alg: string, kid: string | undefined) => candidatesAmong(all, alg, kid) };
  return new TokenVerifier(source, rules, systemClock).verify(await createAccessToken(options));
}

test("a token of every kind of key is one that the service accepts", async () => {
  for (const { privateKey } of pairs) {
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    for (const key of [privateKey, pem]) {
      expect(await verified({ ...names, privateKey: key, kid: "k" })).toMatchObject({
        access: { subject: "ada" },
      });
    }
  }
  expect(await verified({ ...names, secret })).toMatchObject({
    access: { subject: "ada", rooms: ["standup"] },
  });
});

test("what a token is to say, it says", async () => {
  const said = { peerId: "a", trusted: { name: "Ada" }, roomPeers: 3, duplicates: "many", id: "t1" } as const;
  const outcome = await verified({
    ...names,
    ...said,
    secret,
    grants: ["join", "turn"],
  });
  expect(outcome).toMatchObject({
    access: {
      ...{ peerId: "a", trusted: { name: "Ada" }, roomPeers: 3, duplicates: "many", tokenId: "t1" },
      ...{ grants: new Set(["join", "turn"]) },
    },
  });
});

test("what the service would refuse is not signed", async () => {
  await expect(createAccessToken({ ...names, secret: "short" })).rejects.toThrow("32 bytes");
  await expect(createAccessToken({ ...names, secret, rooms: ["a room"] })).rejects.toThrow("parley.rooms");
  await expect(createAccessToken({ ...names, secret, subject: "" })).rejects.toThrow("sub");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  await expect(createAccessToken({ ...names, privateKey })).rejects.toThrow("2048 bits");
});
