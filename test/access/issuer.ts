import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JWTPayload, SignJWT } from "jose";

export const issuer = "https://issuer.example";
export const audience = "parley.example";

/** What is the same in all tokens of a test, and what is not. */
export interface TokenInit {
  /** Added to the usual ones; undefined takes one away. */
  readonly claims?: { readonly [Claim in keyof JWTPayload | "parley"]?: unknown };
  readonly header?: { readonly alg?: string; readonly kid?: string; readonly typ?: string };
  /** @default the key of the issuer */
  readonly key?: KeyObject | Uint8Array;
  /** Now, in seconds since the epoch. @default that of this machine */
  readonly now?: number;
}

/** One who issues access tokens, and the file of the key that verifies them. */
export class Issuer implements Disposable {
  readonly keys = generateKeyPairSync("ed25519");
  readonly #folder = mkdtempSync(join(tmpdir(), "parley-issuer-"));

  /** What the server is started with to accept the tokens. */
  get flags(): string[] {
    const file = this.write("key.pem", this.keys.publicKey);
    return ["--token-key", file, "--token-issuer", issuer, "--token-audience", audience];
  }

  /** The path of a file with this public key. */
  write(name: string, key: KeyObject): string {
    const file = join(this.#folder, name);
    writeFileSync(file, key.export({ type: "spki", format: "pem" }));
    return file;
  }

  /** A token for Alice in any room, or as it is described. */
  issue({ claims = {}, header = {}, key = this.keys.privateKey, now = Date.now() / 1000 }: TokenInit = {}) {
    const at = Math.floor(now);
    const usual = {
      iss: issuer,
      aud: audience,
      sub: "alice",
      iat: at,
      exp: at + 600,
      parley: { rooms: ["*"] },
    };
    const payload = Object.fromEntries(
      Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
    );
    return new SignJWT(payload).setProtectedHeader({ alg: "EdDSA", ...header }).sign(key);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
