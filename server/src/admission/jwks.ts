import { createPublicKey, type JsonWebKey } from "node:crypto";
import { request } from "node:https";
import { algorithmOf, type VerificationKey } from "./verification-key.ts";

const timeoutMs = 5000;
const mostBytes = 256 * 1024;
const mostKeys = 32;

/** Fetches a JWK Set (RFC 7517) over HTTPS. Rejects with what is wrong, in words for people. */
export async function fetchJwks(url: string, ca: string | undefined): Promise<VerificationKey[]> {
  const text = await get(url, ca);
  try {
    return readJwks(JSON.parse(text));
  } catch (error) {
    throw new TypeError(`${url} is not a JWK Set: ${error instanceof Error ? error.message : error}`);
  }
}

/** The keys of a set that can verify access tokens. What is for something else is left out (RFC 7517 section 5). */
function readJwks(set: unknown): VerificationKey[] {
  const keys = typeof set === "object" && set !== null && "keys" in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new TypeError("it has no keys");
  if (keys.length > mostKeys) throw new TypeError(`it has more than ${mostKeys} keys`);
  return keys.map(readJwk).filter((key) => key !== undefined);
}

function readJwk(jwk: JsonWebKey & { kid?: unknown; alg?: unknown; use?: unknown; key_ops?: unknown }) {
  if (typeof jwk !== "object" || jwk === null || (jwk.use ?? "sig") !== "sig") return undefined;
  if (Array.isArray(jwk.key_ops) && !jwk.key_ops.includes("verify")) return undefined;
  // A secret is no public key, and a published private key is known to all.
  if (jwk.kty === "oct" || jwk.d !== undefined) return undefined;
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const algorithm = algorithmOf(key);
    if (jwk.alg !== undefined && jwk.alg !== algorithm && jwk.alg !== jwk.crv) return undefined;
    return { kid: typeof jwk.kid === "string" ? jwk.kid : undefined, algorithm, key };
  } catch {
    return undefined; // of a kind that is not used here
  }
}

function get(url: string, ca: string | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { accept: "application/jwk-set+json, application/json" };
  const sent = request(
    url,
    { signal, headers, agent: false, ...(ca === undefined ? {} : { ca }) },
    (response) => {
      if (response.statusCode !== 200) {
        sent.destroy(new TypeError(`${url} answers with status ${response.statusCode}`));
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.byteLength;
        if (bytes > mostBytes)
          sent.destroy(new TypeError(`${url} answers with more than ${mostBytes} bytes`));
      });
      response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
      response.on("error", reject);
    },
  );
  sent.on("error", reject);
  sent.end();
  return promise;
}
