import { hash, randomBytes } from "node:crypto";

const keyBytes = 32;
const keyPattern = /^[A-Za-z0-9_-]{43}$/;
/** Of base64url: 132 bits, as many as nobody guesses. */
const macLength = 22;
/** As many keys as are kept: the newest, and those that tokens of living sessions may still carry. */
const maxKeys = 4;

/** A new key, as text: it is stored and read as such. */
export function newTokenKey(): string {
  return randomBytes(keyBytes).toString("base64url");
}

/** The keys in a list that was stored, newest first. What is not a key is left out. */
export function parseTokenKeys(stored: string): string[] {
  return stored.split(",").filter((key) => keyPattern.test(key));
}

/**
 * The keys that mark session tokens as issued by this service, so that a forged one is refused before anything
 * else is read and before the storage is asked. The first key signs, and every key verifies: to rotate, add a new
 * key behind the first, wait until all nodes have read it, then move it to the front.
 *
 * SHA-3 takes a key as a prefix (as KMAC does, NIST SP 800-185): unlike SHA-2 it has no length extension, and one
 * pass costs less than half of an HMAC. A mark is not the only check: the engine compares the secret's hash too.
 */
export class TokenKeys {
  #keys: readonly string[];

  constructor(keys: readonly string[] = [newTokenKey()]) {
    this.#keys = keys;
  }

  /** Newest first. */
  get all(): readonly string[] {
    return this.#keys;
  }

  /** Takes the keys that all nodes share; keeps its own behind them, for the tokens that it has issued. */
  share(shared: readonly string[]): void {
    this.#keys = [...new Set([...shared, ...this.#keys])].slice(0, maxKeys);
  }

  /** Appends the mark, which is only good together with the same owner. */
  sign(unsigned: string, owner = ""): string {
    return `${unsigned}.${markOf(this.#keys[0] ?? "", unsigned, owner)}`;
  }

  /** Whether a key of this service made the mark of this token, for this owner. */
  issued(token: string, owner = ""): boolean {
    const end = token.length - macLength - 1;
    if (end < 0 || token[end] !== ".") return false;
    const unsigned = token.slice(0, end);
    const mark = token.slice(end + 1);
    for (const key of this.#keys) if (markOf(key, unsigned, owner) === mark) return true;
    return false;
  }
}

function markOf(key: string, unsigned: string, owner: string): string {
  // No token has a slash, so that its end is not taken for an owner.
  const text = owner === "" ? key + unsigned : `${key}${unsigned}/${owner}`;
  return hash("sha3-256", text, "base64url").slice(0, macLength);
}
