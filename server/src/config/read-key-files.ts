import { createSecureContext } from "node:tls";
import { keyOfPem, keyOfSecret, type VerificationKey } from "../admission/verification-key.ts";
import type { TlsIdentity } from "../net/tls-identity.ts";
import type { Config } from "./config.ts";
import { readAuthorities, readPair, readText, usable } from "./pem-files.ts";

/** Reads what this node shows its clients. Throws a ConfigError that names the flag. */
export function readServerTls({ tls, tlsClientCaFile: caFile }: Config): TlsIdentity | undefined {
  if (tls === undefined) return undefined;
  const pair = readPair("--tls-cert", "--tls-key", tls);
  usable("--tls-cert and --tls-key", () => createSecureContext(pair));
  return caFile === undefined ? pair : { ...pair, clientCa: readAuthorities("--tls-client-ca", caFile) };
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
    return usable(`--token-key: ${file}`, () => keyOfPem(pem, kid));
  });
  const jwksCa = token.jwksCaFile && readAuthorities("--token-jwks-ca", token.jwksCaFile);
  return { keys: [...named, ...token.secrets.map(keyOfSecret)], jwksCa };
}

/** The authorities of the backend that decides about joins. Throws a ConfigError that names the flag. */
export function readAdmissionCa({ admission }: Config): string | undefined {
  return admission.caFile === undefined ? undefined : readAuthorities("--admission-ca", admission.caFile);
}
