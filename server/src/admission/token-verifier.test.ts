import { createHmac, createSecretKey, generateKeyPairSync, sign } from "node:crypto";
import { Reason, reasonName } from "@parley/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { audience, Issuer, issuer, type TokenInit } from "../../../test/access/issuer.ts";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { TokenVerifier } from "./token-verifier.ts";
import { candidatesAmong, keyOfPem, keyOfSecret, type VerificationKey } from "./verification-key.ts";

using one = new Issuer();
const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("ed25519");
const secret = "0123456789abcdef0123456789abcdef";

const pemOf = (key: typeof rsa.publicKey) => key.export({ type: "spki", format: "pem" }).toString();
const edKey = keyOfPem(pemOf(one.keys.publicKey), "one");
const allKeys = [
  edKey,
  keyOfPem(pemOf(ec.publicKey), "ec"),
  keyOfPem(pemOf(rsa.publicKey), "rsa"),
  keyOfSecret(secret),
];

const clock = new FakeClock();
const now = clock.wallTime() / 1000;

function verifierOf(keys: readonly VerificationKey[] = allKeys): TokenVerifier {
  const rules = { issuer, audience, leewayMs: 30_000, lifetimeMs: 3_600_000, tokenBytes: 4096 };
  return new TokenVerifier({ candidates: (alg, kid) => candidatesAmong(keys, alg, kid) }, rules, clock);
}

/** The access, or why there is none. */
async function outcome(token: string, keys = allKeys) {
  const verified = await verifierOf(keys).verify(token);
  if ("access" in verified) return verified.access;
  return `${reasonName(verified.failure.reason)}: ${verified.failure.message}`;
}

const issue = (init: TokenInit = {}) => one.issue({ now, ...init });

describe("a token is accepted", () => {
  test.each<[string, TokenInit]>([
    ["that is signed with EdDSA", {}],
    ["whose algorithm has its newer name", { header: { alg: "Ed25519" } }],
    ["that is signed with ES256", { header: { alg: "ES256" }, key: ec.privateKey }],
    ["that is signed with RS256", { header: { alg: "RS256" }, key: rsa.privateKey }],
    ["that is signed with HS256", { header: { alg: "HS256" }, key: Buffer.from(secret) }],
    ["that names its key", { header: { kid: "one" } }],
    ["that expired within the leeway", { claims: { iat: now - 600, exp: now - 29 } }],
    ["that is valid from within the leeway", { claims: { nbf: now + 29 } }],
    ["that is for several audiences", { claims: { aud: ["other", audience] } }],
    ["that is an OAuth access token", { header: { typ: "at+jwt" } }],
  ])("%s", async (_, init) => {
    expect(await outcome(await issue(init))).toMatchObject({ subject: "alice", peerId: "alice" });
  });

  test("and says what it permits", async () => {
    const parley = {
      ...{ rooms: ["standup", "team-*"], peer_id: "al", grants: ["join", "turn", "of a later version"] },
      ...{ trusted: { name: "Alice" }, room_peers: 5, duplicates: "replace" },
    };
    expect(await outcome(await issue({ claims: { sub: "Alice Smith", jti: "t1", parley } }))).toEqual({
      subject: "Alice Smith",
      owner: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      tokenId: "t1",
      issuedAt: Math.floor(now) * 1000,
      expiresAt: (Math.floor(now) + 600) * 1000,
      rooms: ["standup", "team-*"],
      peerId: "al",
      grants: new Set(["join", "turn"]),
      trusted: { name: "Alice" },
      roomPeers: 5,
      duplicates: "replace",
    });
  });

  test("and a subject that is no name stands for one", async () => {
    const names = await Promise.all(
      ["alice smith", "alice/smith"].map(async (sub) => outcome(await issue({ claims: { sub } }))),
    );
    expect(names).toEqual([
      expect.objectContaining({ peerId: expect.stringMatching(/^sub-[A-Za-z0-9_-]{22}$/) }),
      expect.objectContaining({ peerId: expect.stringMatching(/^sub-[A-Za-z0-9_-]{22}$/) }),
    ]);
    expect(names[0]).not.toEqual(names[1]);
  });
});

describe("a token is refused", () => {
  const publicPem = pemOf(rsa.publicKey);
  test.each<[string, TokenInit, string]>([
    ["that has expired", { claims: { iat: now - 600, exp: now - 31 } }, "ACCESS_TOKEN_EXPIRED"],
    ["that never expires", { claims: { exp: undefined } }, "exp"],
    ["that is not valid yet", { claims: { nbf: now + 31 } }, "nbf"],
    ["that was issued in the future", { claims: { iat: now + 31 } }, "iat"],
    ["that is valid for too long", { claims: { exp: now + 3601 } }, "3600 seconds"],
    [
      "that is valid for too long and does not say since when",
      { claims: { iat: undefined, exp: now + 3601 } },
      "3600",
    ],
    ["of another issuer", { claims: { iss: "https://other.example" } }, "iss"],
    ["of no issuer", { claims: { iss: undefined } }, "iss"],
    ["for another audience", { claims: { aud: "other" } }, "aud"],
    ["for no audience", { claims: { aud: undefined } }, "aud"],
    ["of nobody", { claims: { sub: undefined } }, "sub"],
    ["of an empty subject", { claims: { sub: "" } }, "sub"],
    ["that is signed with another key", { key: other.privateKey }, "signature"],
    ["that names another key", { header: { kid: "two" } }, "kid"],
    ["that names a key of another algorithm", { header: { kid: "ec" } }, "kid"],
    [
      "whose public key was taken for a secret",
      { header: { alg: "HS256" }, key: Buffer.from(publicPem) },
      "signature",
    ],
    ["of an algorithm that is not offered", { header: { alg: "HS512" }, key: Buffer.alloc(64, 1) }, "HS512"],
    ["that was made for another purpose", { header: { typ: "logout+jwt" } }, "typ"],
    ["with rooms that are none", { claims: { parley: { rooms: ["a room"] } } }, "parley.rooms"],
    ["with a prefix in the middle", { claims: { parley: { rooms: ["a*b"] } } }, "parley.rooms"],
    ["with a name that is none", { claims: { parley: { peer_id: "a/b" } } }, "parley.peer_id"],
    ["with grants that are no list", { claims: { parley: { grants: "join" } } }, "parley.grants"],
    ["that lets a hidden peer send", { claims: { parley: { grants: ["send", "hidden"] } } }, "hidden"],
    [
      "with an ICE policy of a later version",
      { claims: { parley: { ice_policy: ["other"] } } },
      "ice_policy",
    ],
    [
      "with trusted metadata that is no text",
      { claims: { parley: { trusted: { a: 1 } } } },
      "parley.trusted",
    ],
    ["with a limit of no peers", { claims: { parley: { room_peers: 0 } } }, "parley.room_peers"],
    ["with an unknown policy", { claims: { parley: { duplicates: "maybe" } } }, "parley.duplicates"],
    ["that is too long", { claims: { filler: "x".repeat(4096) } }, "4096"],
  ])("%s", async (_, init, word) => {
    const refusal = await outcome(await issue(init));
    expect(refusal).toContain(word);
    expect(refusal).toMatch(/^ACCESS_TOKEN_(INVALID|EXPIRED): the access token /);
  });

  test("whose algorithm is none, however that is written", async () => {
    const [, payload] = (await issue()).split(".");
    for (const alg of ["none", "None", "NONE", ""]) {
      for (const signature of ["", "AAAA"]) {
        const header = Buffer.from(JSON.stringify({ alg })).toString("base64url");
        expect(await outcome(`${header}.${payload}.${signature}`)).toMatch(/^ACCESS_TOKEN_INVALID/);
      }
    }
  });

  test("that demands an extension, brings its own key, or is not in compact form", async () => {
    const [, payload = ""] = (await issue()).split(".");
    const withMac = (header: object) => {
      const head = Buffer.from(JSON.stringify(header)).toString("base64url");
      const mac = createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url");
      return `${head}.${payload}.${mac}`;
    };
    expect(await outcome(withMac({ alg: "HS256" }))).toMatchObject({ subject: "alice" });
    expect(await outcome(withMac({ alg: "HS256", crit: ["x"], x: 1 }))).toMatch(/^ACCESS_TOKEN_INVALID/);
    expect(await outcome(withMac({ alg: "HS256", kid: 7 }))).toMatch(/kid/);
    const jwk = other.publicKey.export({ format: "jwk" });
    const own = { header: { jwk, jku: "https://other.example" } as object, key: other.privateKey };
    expect(await outcome(await issue(own))).toMatch(/signature/);
    for (const text of ["", "a", "a.b", "a.b.c.d", "..", "{}", `{"payload":"${payload}"}`]) {
      expect(await outcome(text)).toMatch(/^ACCESS_TOKEN_INVALID/);
    }
  });

  test("that demands an extension, although its signature with EdDSA is good", async () => {
    const [, payload = ""] = (await issue()).split(".");
    const signed = (header: object) => {
      const text = `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}`;
      return `${text}.${sign(null, Buffer.from(text), one.keys.privateKey).toString("base64url")}`;
    };
    expect(await outcome(signed({ alg: "EdDSA" }))).toMatchObject({ subject: "alice" });
    for (const more of [{ crit: ["x"], x: 1 }, { crit: ["b64"], b64: false }, { crit: [] }, { crit: null }]) {
      expect(await outcome(signed({ alg: "EdDSA", ...more }))).toMatch(/^ACCESS_TOKEN_INVALID/);
    }
  });

  test("that was changed anywhere", async () => {
    const token = await issue();
    const verifier = verifierOf();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.stringMatching(/^[A-Za-z0-9_-]$/),
        async (at, character) => {
          const changed = token.slice(0, at) + character + token.slice(at + 1);
          // The last character of a signature has bits that mean nothing; those are the same token.
          const same = changed.split(".").map((part) => Buffer.from(part, "base64url").toString("hex"));
          fc.pre(
            same.join(".") !==
              token
                .split(".")
                .map((part) => Buffer.from(part, "base64url").toString("hex"))
                .join("."),
          );
          expect(await verifier.verify(changed)).toHaveProperty(
            "failure.reason",
            Reason.ACCESS_TOKEN_INVALID,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test("whatever it is, and nothing is thrown", async () => {
    const verifier = verifierOf();
    const part = fc.oneof(
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString("base64url")),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        expect(await verifier.verify(text)).toHaveProperty("failure.reason", Reason.ACCESS_TOKEN_INVALID);
      }),
      { numRuns: 1000 },
    );
  });

  test("whatever its claims are, and nothing is thrown", async () => {
    const key = createSecretKey(Buffer.from(secret));
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (parley, sub) => {
        const claims = { parley: parley as object, sub: sub as string };
        const verified = await verifierOf().verify(await issue({ claims, header: { alg: "HS256" }, key }));
        if ("failure" in verified) expect(verified.failure.reason).toBe(Reason.ACCESS_TOKEN_INVALID);
        else expect(verified.access.subject).toBe(sub);
      }),
      { numRuns: 300 },
    );
  });
});

describe("keys", () => {
  test("of two active secrets either verifies", async () => {
    const keys = [keyOfSecret("f".repeat(32)), keyOfSecret(secret)];
    const token = await issue({ header: { alg: "HS256" }, key: Buffer.from(secret) });
    expect(await outcome(token, keys)).toMatchObject({ subject: "alice" });
  });

  test("without names verify tokens that name one", async () => {
    const nameless = [keyOfPem(pemOf(one.keys.publicKey), undefined)];
    expect(await outcome(await issue({ header: { kid: "any" } }), nameless)).toMatchObject({
      subject: "alice",
    });
  });

  test("that are weak or private are refused", () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    expect(() => keyOfPem(pemOf(weak), undefined)).toThrow("2048 bits");
    const curve = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey;
    expect(() => keyOfPem(pemOf(curve), undefined)).toThrow("P-256");
    const pem = one.keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(() => keyOfPem(pem, undefined)).toThrow("private");
    expect(() => keyOfSecret("short")).toThrow("32 bytes");
  });

  test("a verification is remembered for a minute, but not beyond the end of the token", async () => {
    const verifier = verifierOf();
    const token = await issue({ claims: { exp: now + 40 } });
    expect(verifier.recall(token)).toBeUndefined();
    await verifier.verify(token);
    expect(verifier.recall(token)?.subject).toBe("alice");
    clock.advance(59_000);
    expect(verifier.recall(token)?.subject).toBe("alice");
    clock.advance(1000);
    expect(verifier.recall(token)).toBeUndefined();
  });
});
