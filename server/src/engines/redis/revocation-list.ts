import type { Revocation, RevocationListener } from "../../switchboard/revocation.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { nodeScripts } from "./redis-script.ts";

/** The revocations of all nodes, as Redis stores them. */
export class RevocationList {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #offsetMs: () => number;
  #listener: RevocationListener | undefined;
  /** The newest change that this node has seen. */
  #known = "";

  constructor(link: RedisLink, keys: RedisKeys, offsetMs: () => number) {
    this.#link = link;
    this.#keys = keys;
    this.#offsetMs = offsetMs;
  }

  watch(listener: RevocationListener): void {
    this.#listener = listener;
  }

  async add({ kind, name, atMs, untilMs }: Revocation): Promise<void> {
    const args = {
      offsetMs: String(this.#offsetMs()),
      name: `${kind} ${name}`,
      revokedMs: String(atMs),
      untilMs: String(untilMs),
    };
    await this.#link.run(nodeScripts.revoke, [this.#keys.revocations], args);
    await this.look();
  }

  /** Reads what has changed, for the listener. */
  async look(): Promise<void> {
    if (this.#listener === undefined) return;
    const reply = (await this.#link.run(nodeScripts.revocations, [this.#keys.revocations], {
      known: this.#known,
    })) as Buffer[];
    const found: Revocation[] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      const [name, value] = [String(reply[i]), String(reply[i + 1])];
      if (name === "") this.#known = value;
      else found.push(revocationOf(name, value));
    }
    if (found.length > 0) this.#listener(found);
  }
}

function revocationOf(field: string, value: string): Revocation {
  const at = field.indexOf(" ");
  const [atMs = 0, untilMs = 0] = value.split(" ").map(Number);
  return {
    kind: field.slice(0, at) === "owner" ? "owner" : "token",
    name: field.slice(at + 1),
    atMs,
    untilMs,
  };
}
