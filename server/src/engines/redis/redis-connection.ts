import { isIP } from "node:net";
import type { SecureContext } from "node:tls";
import { createClient, createCluster, createSentinel, RESP_TYPES } from "redis";
import { FencedClients } from "./fenced-client.ts";
import { LinkFence } from "./link-fence.ts";
import type { RedisAddress } from "./redis-url.ts";
import { RoutingKey } from "./routing-key.ts";

/** What a command consists of. */
export type Argument = string | Uint8Array;

/** One connection, or one for each node of a cluster. It reconnects by itself, without end. */
export interface RedisConnection {
  /**
   * Sends a command; `key` finds the shard. Rejects when the connection breaks: it may have been carried out. Rejects
   * with WithdrawnError, and sends nothing, if it is not wanted any more once it can go out.
   */
  send(key: string, args: readonly Argument[], isWanted?: () => boolean): Promise<unknown>;
  /** Sends a command to every server that has data. */
  sendToAll(args: readonly Argument[]): Promise<readonly unknown[]>;
  subscribe(channel: string, listener: (message: Buffer) => void): Promise<void>;
  /** Rejects when the first connection fails for good. */
  connect(): Promise<void>;
  close(): void;
}

export interface ConnectionEvents {
  /** A connection was lost, or could not be made. */
  onError(error: Error): void;
}

const connectTimeoutMs = 3000;
/** A link on which nothing is read or written for so long is taken for dead. The subscriber, which hears a probe
 * every second, finds a half-open link by it; for commands see `WatchedConnection`. */
const socketTimeoutMs = 5000;
const pingIntervalMs = 1000;

/** How long to wait before the next try: soon at first, then every second, never all at once. */
function reconnectDelay(retries: number): number {
  return Math.min(50 * 2 ** retries, 1000) * (0.5 + Math.random() / 2);
}

/**
 * Makes a connection of the kind that the address asks for.
 *
 * @param secureContext whom to trust and who this node is, where the address asks for TLS; the public authorities
 * and nobody if it is absent.
 * @param fence of the links on which commands go, shared by the connections that replace one another.
 */
export function openRedisConnection(
  address: RedisAddress,
  secureContext: SecureContext | undefined,
  events: ConnectionEvents,
  fence = new LinkFence(),
): RedisConnection {
  const trust = secureContext === undefined ? {} : { secureContext };
  const tls = address.tls ? ({ tls: true, ...trust } as const) : {};
  const socket = {
    connectTimeout: connectTimeoutMs,
    socketTimeout: socketTimeoutMs,
    reconnectStrategy: reconnectDelay,
    ...tls,
  };
  const { username, password, database } = address;
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const commandOptions = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
  const common = {
    ...credentials,
    pingInterval: pingIntervalMs,
    maintNotifications: "disabled",
    // What waits must not go out on the next connection before that is fenced. For connections that only listen it
    // makes no difference, but the library builds its classes again whenever these options differ.
    disableOfflineQueue: true,
  } as const;
  const fenced = new FencedClients<object>(fence);
  const onError = (thrown: unknown) => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    events.onError(forTheLog(error));
  };

  if (address.kind === "cluster") {
    const cluster = createCluster({
      rootNodes: address.hosts.map(({ host, port }) => ({ socket: { host, port, ...tls } })),
      defaults: { ...common, socket },
      commandOptions,
    });
    cluster.on("error", onError);
    cluster.on("node-error", onError);
    return {
      send: (key, args, isWanted) =>
        cluster._execute(new RoutingKey(key), false, commandOptions, (client, options) =>
          fenced.of(client).send(mutable(args), options, isWanted),
        ),
      sendToAll: (args) =>
        Promise.all(
          cluster.masters.map(async (master) =>
            fenced.of(await cluster.nodeClient(master)).send(mutable(args), commandOptions),
          ),
        ),
      subscribe: (channel, listener) => cluster.subscribe(channel, listener, true),
      connect: async () => void (await cluster.connect()),
      close: () => cluster.destroy(),
    };
  }
  if (address.kind === "sentinel") {
    const sentinel = createSentinel({
      name: address.primary ?? "",
      sentinelRootNodes: [...address.hosts],
      nodeClientOptions: { ...common, socket, database },
      sentinelClientOptions: { socket: { connectTimeout: connectTimeoutMs, ...tls } },
      // Otherwise each command takes the connection for itself until it is answered, and none go together.
      reserveClient: true,
      scanInterval: 1000,
      passthroughClientErrorEvents: true,
      commandOptions,
    });
    sentinel.on("error", onError);
    return {
      send: (_key, args, isWanted) =>
        sentinel._execute(false, (client) => fenced.of(client).send(mutable(args), commandOptions, isWanted)),
      sendToAll: async (args) => [
        await sentinel._execute(false, (client) => fenced.of(client).send(mutable(args), commandOptions)),
      ],
      subscribe: async (channel, listener) => void (await sentinel.subscribe(channel, listener, true)),
      connect: async () => void (await sentinel.connect()),
      close: () => sentinel.destroy(),
    };
  }
  const [server] = address.hosts;
  // Node.js does not send a server the name by which it was called, and some stand behind a proxy that must know.
  const name =
    address.tls && server !== undefined && isIP(server.host) === 0 ? { servername: server.host } : {};
  const client = createClient({
    ...common,
    socket: { ...socket, ...server, ...name },
    database,
    commandOptions,
  });
  client.on("error", onError);
  return {
    send: (_key, args, isWanted) => fenced.of(client).send(mutable(args), undefined, isWanted),
    sendToAll: async (args) => [await fenced.of(client).send(mutable(args))],
    subscribe: (channel, listener) => client.subscribe(channel, listener, true),
    connect: async () => void (await client.connect()),
    close: () => client.destroy(),
  };
}

/** A command that Redis does not know it answers with the arguments, and so a login with the password. */
const echo = /, with args beginning with:.*/s;

/** An error without what no log should have: a password, or the whole certificate of a server, in bytes. */
function forTheLog(error: Error): Error {
  if (!("cert" in error) && !echo.test(error.message)) return error;
  const { code } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(error.message.replace(echo, "")), code === undefined ? {} : { code });
}

/** The client wants Buffers; a view costs nothing. */
function mutable(args: readonly Argument[]): (string | Buffer)[] {
  return args.map((arg) =>
    typeof arg === "string" || Buffer.isBuffer(arg)
      ? arg
      : Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength),
  );
}
