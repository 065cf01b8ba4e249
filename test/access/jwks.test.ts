import { generateKeyPairSync } from "node:crypto";
import { reasonName } from "@parley/contract";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createAdmission } from "../../server/src/admission/create-admission.ts";
import { Revocations } from "../../server/src/admission/revocations.ts";
import { configOf } from "../contract/stage/stage.ts";
import { FakeClock } from "../kit/fake-clock.ts";
import { until } from "../kit/until.ts";
import { TestAuthority } from "../redis/test-authority.ts";
import { audience, Issuer, issuer } from "./issuer.ts";
import { JwksServer } from "./jwks-server.ts";

const authority = new TestAuthority();
const one = new Issuer();
afterAll(() => {
  authority[Symbol.dispose]();
  one[Symbol.dispose]();
});
const [first, second] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];

let clock: FakeClock;
let troubles: string[];
beforeEach(() => {
  clock = new FakeClock();
  troubles = [];
});

/** Who verifies tokens by the keys of this address. */
async function admissionOf(port: number, caFile = authority.caFile) {
  const url = `https://127.0.0.1:${port}/keys`;
  const flags = ["--token-jwks", url, "--token-jwks-ca", caFile, "--token-jwks-age", "600"];
  const rules = ["--token-jwks-cooldown", "30", "--token-issuer", issuer, "--token-audience", audience];
  const { token } = await configOf([...flags, ...rules]);
  const onError = (error: unknown) => troubles.push(String(error));
  return createAdmission(token, {
    keys: [],
    jwksCa: authority.ca,
    clock,
    revocations: new Revocations(clock),
    onError,
  });
}

/** Whether a token of this key opens, or why it does not. */
async function outcome(
  admission: Awaited<ReturnType<typeof admissionOf>>,
  { privateKey }: typeof first,
  kid?: string,
): Promise<string> {
  const header = kid === undefined ? {} : { kid };
  const token = await one.issue({
    now: clock.wallTime() / 1000,
    key: privateKey,
    header,
    claims: { jti: String(++tokens) },
  });
  const permission = await admission.permit({ authorization: `Bearer ${token}`, limitedAs: undefined });
  return "failure" in permission ? reasonName(permission.failure.reason) : "ok";
}
let tokens = 0;

test("keys are fetched once, and kept", async () => {
  await using jwks = await JwksServer.start(authority);
  jwks.publish({ key: first.publicKey, kid: "1" });
  const admission = await admissionOf(jwks.port);
  const all = await Promise.all(Array.from({ length: 20 }, () => outcome(admission, first, "1")));
  expect(new Set(all)).toEqual(new Set(["ok"]));
  clock.advance(299_000);
  expect(await outcome(admission, first, "1")).toBe("ok");
  expect(jwks.fetches).toBe(1);
});

test("a new key is found when a token names it, and an old one that is gone verifies nothing", async () => {
  await using jwks = await JwksServer.start(authority);
  jwks.publish({ key: first.publicKey, kid: "1" });
  const admission = await admissionOf(jwks.port);
  expect(await outcome(admission, first, "1")).toBe("ok");
  jwks.publish({ key: first.publicKey, kid: "1" }, { key: second.publicKey, kid: "2" });
  clock.advance(31_000);
  expect(await outcome(admission, second, "2")).toBe("ok");
  expect(await outcome(admission, first, "1")).toBe("ok");
  jwks.publish({ key: second.publicKey, kid: "2" });
  clock.advance(600_000);
  expect(await outcome(admission, first, "1")).toBe("ACCESS_TOKEN_INVALID");
  expect(await outcome(admission, second, "2")).toBe("ok");
});

test("tokens of unknown keys cause no more fetches than the cooldown allows", async () => {
  await using jwks = await JwksServer.start(authority);
  jwks.publish({ key: first.publicKey, kid: "1" });
  const admission = await admissionOf(jwks.port);
  for (let i = 0; i < 50; i++)
    expect(await outcome(admission, second, `no ${i}`)).toBe("ACCESS_TOKEN_INVALID");
  expect(jwks.fetches).toBe(1);
  clock.advance(30_000);
  for (let i = 0; i < 50; i++)
    expect(await outcome(admission, second, `no ${i}`)).toBe("ACCESS_TOKEN_INVALID");
  expect(jwks.fetches).toBe(2);
});

test("an outage is survived while the keys are fresh, and then nobody is admitted until it is over", async () => {
  const down = await JwksServer.start(authority);
  down.publish({ key: first.publicKey, kid: "1" });
  const { port } = down;
  const admission = await admissionOf(port);
  expect(await outcome(admission, first, "1")).toBe("ok");
  await down[Symbol.asyncDispose]();
  clock.advance(599_000);
  expect(await outcome(admission, first, "1")).toBe("ok");
  await until(() => troubles.length === 1, "the keys to be asked for in the background");
  clock.advance(31_000);
  expect(await outcome(admission, first, "1")).toBe("KEYS_UNAVAILABLE");
  expect(troubles).toHaveLength(2);
  await using jwks = await JwksServer.start(authority, port);
  jwks.publish({ key: first.publicKey, kid: "1" });
  // Not before the cooldown is over.
  expect(await outcome(admission, first, "1")).toBe("KEYS_UNAVAILABLE");
  clock.advance(30_000);
  expect(await outcome(admission, first, "1")).toBe("ok");
});

test("without any keys so far nobody is admitted, and the client learns when to try again", async () => {
  const jwks = await JwksServer.start(authority);
  const admission = await admissionOf(jwks.port);
  await jwks[Symbol.asyncDispose]();
  const token = await one.issue({ now: clock.wallTime() / 1000 });
  const permission = await admission.permit({ authorization: `Bearer ${token}`, limitedAs: undefined });
  expect(permission).toMatchObject({ failure: { retryAfterMs: 30_000 } });
});

test.each([
  ["an error", 500, '{"keys":[]}', "status 500"],
  ["a redirection", 302, "", "status 302"],
  ["no JSON", 200, "<html>", "not a JWK Set"],
  ["no set", 200, "[]", "not a JWK Set"],
  ["too many keys", 200, JSON.stringify({ keys: Array(33).fill({}) }), "32 keys"],
  ["too much", 200, " ".repeat(300_000), "262144 bytes"],
])("an answer with %s admits nobody", async (_, status, body, trouble) => {
  await using jwks = await JwksServer.start(authority);
  Object.assign(jwks, { status, body });
  const admission = await admissionOf(jwks.port);
  expect(await outcome(admission, first)).toBe("KEYS_UNAVAILABLE");
  expect(troubles).toEqual([expect.stringContaining(trouble)]);
});

test("a server with a certificate that nobody vouches for is not asked", async () => {
  using stranger = new TestAuthority();
  await using jwks = await JwksServer.start(stranger);
  jwks.publish({ key: first.publicKey });
  expect(await outcome(await admissionOf(jwks.port), first)).toBe("KEYS_UNAVAILABLE");
  expect(jwks.fetches).toBe(0);
});

test("keys for another purpose, secrets and published private keys verify nothing", async () => {
  await using jwks = await JwksServer.start(authority);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  jwks.publish(
    { key: first.publicKey, more: { use: "enc" } },
    { key: first.publicKey, more: { key_ops: ["sign"] } },
    { key: first.publicKey, more: { alg: "ES256" } },
    { key: first.privateKey },
    { key: rsa.publicKey, more: { alg: "RS512" } },
    { key: generateKeyPairSync("ed448").publicKey },
  );
  jwks.body = jwks.body.replace('{"keys":[', '{"keys":[7,null,"text",{"kty":"oct","k":"AAAA"},');
  const admission = await admissionOf(jwks.port);
  expect(await outcome(admission, first)).toBe("ACCESS_TOKEN_INVALID");
  expect(troubles).toEqual([]);
});
