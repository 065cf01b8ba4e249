import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { KeyFiles } from "./key-files.ts";
import { ConfigError } from "./setting.ts";

/** A certificate chain and its key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Reads a certificate and its key. Throws a ConfigError that names the flag. */
export function readPair(certFlag: string, keyFlag: string, { certFile, keyFile }: KeyFiles): KeyPair {
  const cert = readText(certFlag, certFile);
  const key = readText(keyFlag, keyFile);
  // OpenSSL does not say which of the two it means.
  usable(`${certFlag}: is not a PEM certificate`, () => new X509Certificate(cert));
  usable(`${keyFlag}: is no private key in PEM`, () => createPrivateKey(key));
  return { cert, key };
}

/** Reads the certificates of authorities, of which some may be bundled. Throws a ConfigError that names the flag. */
export function readAuthorities(flag: string, file: string): string {
  const pem = readText(flag, file);
  // OpenSSL passes over what it cannot read, and takes a text without certificates for an authority.
  const blocks = pem
    .split(/(?=-----BEGIN [A-Z0-9 ]*CERTIFICATE-----)/)
    .filter((text) => text.includes("-----BEGIN"));
  if (blocks.length === 0) throw new ConfigError(`${flag}: is not a PEM certificate`);
  for (const [index, block] of blocks.entries()) {
    const which = blocks.length === 1 ? "" : ` certificate ${index + 1} of ${blocks.length}`;
    usable(`${flag}:${which} is not a PEM certificate`, () => new X509Certificate(block));
  }
  return pem;
}

/** Reads a file. Throws a ConfigError that names the flag. */
export function readText(flag: string, file: string): string {
  return usable(`${flag}: cannot be read`, () => readFileSync(file, "utf8"));
}

/** What is made of a file. Throws a ConfigError with this fault if it cannot be made. */
export function usable<Made>(fault: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${fault}: ${message}`, { cause: error });
  }
}
