import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { keyOfPem, keyOfSecret, type VerificationKey } from "../admission/verification-key.ts";
import type { TlsIdentity } from "../net/tls-identity.ts";
import { type RedisTls, secureContextOf } from "../switchboard/redis/redis-tls.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./setting.ts";

/** A certificate chain and its key, as PEM. */
interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Reads what this node shows its clients. Throws a ConfigError that names the flag. */
export function readServerTls({ tls, tlsClientCaFile: caFile }: Config): TlsIdentity | undefined {
  if (tls === undefined) return undefined;
  const pair = readPair("--tls-cert", tls.certFile, "--tls-key", tls.keyFile);
  checked("--tls-cert and --tls-key", () => createSecureContext(pair));
  if (caFile === undefined) return pair;
  const clientCa = readText("--tls-client-ca", caFile);
  checked("--tls-client-ca", () => secureContextOf({ ca: clientCa }));
  return { ...pair, clientCa };
}

/** Reads what TLS with Redis is made of. Throws a ConfigError that names the flag. */
export function readRedisTls({ redisCaFile, redisClient }: Config): RedisTls | undefined {
  if (redisCaFile === undefined && redisClient === undefined) return undefined;
  const ca = redisCaFile === undefined ? {} : { ca: readText("--redis-ca", redisCaFile) };
  checked("--redis-ca", () => secureContextOf(ca));
  if (redisClient === undefined) return ca;
  const client = readPair("--redis-cert", redisClient.certFile, "--redis-key", redisClient.keyFile);
  checked("--redis-cert and --redis-key", () => secureContextOf({ client }));
  return { ...ca, client };
}

/** What verifies access tokens. */
export interface TokenKeys {
  readonly keys: readonly VerificationKey[];
  /** The authorities of the address of the JWK Set. */
  readonly jwksCa: string | undefined;
}

/** Reads what verifies access tokens. Throws a ConfigError that names the flag. */
export function readTokenKeys({ token }: Config): TokenKeys {
  const named = token.keyFiles.map((entry) => {
    const [, kid, file = entry] = /^([^=/]+)=(.+)$/.exec(entry) ?? [];
    const pem = readText("--token-key", file);
    return checked(`--token-key: ${file}`, () => keyOfPem(pem, kid));
  });
  const jwksCa = token.jwksCaFile && readText("--token-jwks-ca", token.jwksCaFile);
  if (jwksCa !== undefined) checked("--token-jwks-ca", () => createSecureContext({ ca: jwksCa }));
  return { keys: [...named, ...token.secrets.map(keyOfSecret)], jwksCa };
}

/** The authorities of the backend that decides about joins. Throws a ConfigError that names the flag. */
export function readAdmissionCa({ admission }: Config): string | undefined {
  if (admission.caFile === undefined) return undefined;
  const ca = readText("--admission-ca", admission.caFile);
  checked("--admission-ca", () => createSecureContext({ ca }));
  return ca;
}

function readPair(certFlag: string, certFile: string, keyFlag: string, keyFile: string): KeyPair {
  const cert = readText(certFlag, certFile);
  const key = readText(keyFlag, keyFile);
  // OpenSSL does not say which of the two it means.
  checked(`${certFlag}: is no certificate in PEM`, () => new X509Certificate(cert));
  checked(`${keyFlag}: is no private key in PEM`, () => createPrivateKey(key));
  return { cert, key };
}

function readText(flag: string, file: string): string {
  return checked(`${flag}: cannot be read`, () => readFileSync(file, "utf8"));
}

function checked<Made>(fault: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${fault}: ${message}`, { cause: error });
  }
}
