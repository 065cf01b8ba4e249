import type { LinkFence, ServerLink } from "./link-fence.ts";
import { WithdrawnError } from "./withdrawn-error.ts";

/** What is used of a client of the library, for one server. */
export interface ServerClient<Options> {
  readonly isReady: boolean;
  /** Rises with each connection that the client makes. */
  readonly socketEpoch: number;
  sendCommand(args: readonly (string | Buffer)[], options?: Options): Promise<unknown>;
  on(event: "ready" | "error" | "end", listener: () => void): unknown;
  off(event: "ready" | "error" | "end", listener: () => void): unknown;
}

/** The client was closed while commands waited for it. */
class ClosedClientError extends Error {
  override readonly name = "ClosedClientError";
}

/**
 * A client that sends nothing on a new connection until the server has closed the ones before it. The client itself
 * must not keep commands for its next connection (`disableOfflineQueue`).
 */
export class FencedClient<Options> {
  readonly #client: ServerClient<Options>;
  readonly #fence: LinkFence;
  /** The link on which commands may go. */
  #link: (ServerLink & { readonly epoch: number }) | undefined;
  #opening: Promise<void> | undefined;

  constructor(client: ServerClient<Options>, fence: LinkFence) {
    this.#client = client;
    this.#fence = fence;
    client.on("error", this.#lookForLoss);
    client.on("end", this.#lookForLoss);
  }

  send(args: readonly (string | Buffer)[], options?: Options, isWanted?: () => boolean): Promise<unknown> {
    if (this.#link !== undefined) return this.#client.sendCommand(args, options);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening.then(() => {
      if (isWanted?.() === false) throw new WithdrawnError();
      return this.send(args, options, isWanted);
    });
  }

  /** An error may also be about something else than the connection. */
  readonly #lookForLoss = (): void => {
    const link = this.#link;
    if (link === undefined || (this.#client.isReady && this.#client.socketEpoch === link.epoch)) return;
    this.#link = undefined;
    this.#fence.lost(link);
  };

  async #open(): Promise<void> {
    const client = this.#client;
    if (!client.isReady) await this.#ready();
    const epoch = client.socketEpoch;
    const link = await this.#fence.raise((...args) => client.sendCommand(args));
    // Nothing but this was sent on a link that is gone again.
    if (client.isReady && client.socketEpoch === epoch) this.#link = { ...link, epoch };
  }

  async #ready(): Promise<void> {
    const client = this.#client;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const ended = () => reject(new ClosedClientError("the client was closed"));
    const ready = () => resolve();
    client.on("ready", ready);
    client.on("end", ended);
    try {
      await promise;
    } finally {
      client.off("ready", ready);
      client.off("end", ended);
    }
  }
}

/** The fenced clients of a connection that has one for each server, and makes and drops them as it likes. */
export class FencedClients<Options> {
  readonly #fence: LinkFence;
  readonly #clients = new WeakMap<ServerClient<Options>, FencedClient<Options>>();

  constructor(fence: LinkFence) {
    this.#fence = fence;
  }

  of(client: ServerClient<Options>): FencedClient<Options> {
    let fenced = this.#clients.get(client);
    if (fenced === undefined) {
      fenced = new FencedClient(client, this.#fence);
      this.#clients.set(client, fenced);
    }
    return fenced;
  }
}
