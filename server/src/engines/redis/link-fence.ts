import { UnsuitableRedisError } from "./unsuitable-redis-error.ts";

/** One TCP connection to a server of Redis, as that server knows it. */
export interface ServerLink {
  /** The run of the server: it counts its links from 1 each time it starts. */
  readonly server: string;
  readonly id: string;
}

/** Sends a command on the new link, past everything that waits for it. */
type Ask = (...args: string[]) => Promise<unknown>;

/** How many servers are remembered whose links were lost: those that are gone for good are never asked again. */
const maxServers = 64;

/**
 * The links of this node that are lost, although the server may not know it: what was written on them may still
 * arrive. Everything that failed with a link is sent again on another, so the server closes the old one first.
 * Otherwise an old command would be carried out after newer ones.
 */
export class LinkFence {
  /** By server, the ids of the links to close. */
  readonly #lost = new Map<string, Set<string>>();

  /** This link is lost; the server is to close it before it takes anything else from this node. */
  lost({ server, id }: ServerLink): void {
    const ids = this.#lost.get(server) ?? new Set();
    ids.add(id);
    // The newest server is the last.
    this.#lost.delete(server);
    this.#lost.set(server, ids);
    for (const oldest of this.#lost.keys()) {
      if (this.#lost.size <= maxServers) break;
      this.#lost.delete(oldest);
    }
  }

  /** Closes all that was lost to the server of a new link, and resolves with that link once it is closed. */
  async raise(ask: Ask): Promise<ServerLink> {
    const [id, info] = await Promise.all([ask("CLIENT", "ID"), ask("INFO", "server")]);
    const server = /^run_id:(\S+)/m.exec(String(info))?.[1];
    // Without it a link of another server might be closed, which has the same id there.
    if (server === undefined)
      throw new UnsuitableRedisError("Redis does not report its run_id in INFO server");
    const ids = this.#lost.get(server) ?? new Set();
    for (const old of [...ids]) {
      await ask("CLIENT", "KILL", "ID", old);
      ids.delete(old);
    }
    if (ids.size === 0) this.#lost.delete(server);
    return { server, id: String(id) };
  }
}
