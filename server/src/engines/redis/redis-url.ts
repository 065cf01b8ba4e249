/** Where Redis is, and how to speak with it. */
export interface RedisAddress {
  readonly kind: "single" | "sentinel" | "cluster";
  readonly tls: boolean;
  /** One server; or all sentinels; or some nodes of the cluster. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  /** The name under which the sentinels know the primary. */
  readonly primary?: string;
}

const form =
  /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#]+)(?:\/([^/?#]*))?(?:\/(\d+))?$/;

/**
 * Reads the address of a Redis:
 *
 * - `redis://user:password@host:6379/0`: one server; `rediss:` is the same with TLS.
 * - `redis+sentinel://user:password@host:26379,host:26379/primary/0`: the primary that sentinels know.
 * - `redis+cluster://user:password@host:6379,host:6379`: a cluster.
 *
 * User and password are percent-encoded, and are those of the data nodes. Throws a TypeError that does not
 * repeat the password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme, kind, username, password, hosts, first, second] = form.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined) {
    throw new TypeError(
      "not a URL of Redis: redis://, redis+sentinel:// or redis+cluster://, with s for TLS",
    );
  }
  const defaultPort = kind === "sentinel" ? 26_379 : 6379;
  const database = kind === "sentinel" ? second : first;
  if (kind === "sentinel" && !first) throw new TypeError("a sentinel URL must name the primary: .../primary");
  if (database !== undefined && !/^\d*$/.test(database))
    throw new TypeError("the Redis database must be a number");
  return {
    kind: kind === "sentinel" || kind === "cluster" ? kind : "single",
    tls: scheme === "rediss",
    hosts: hosts.split(",").map((host) => parseHost(host, defaultPort)),
    database: Number(database ?? 0),
    ...(username ? { username: decoded(username) } : {}),
    ...(password ? { password: decoded(password) } : {}),
    ...(kind === "sentinel" && first ? { primary: first } : {}),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("user and password of the Redis URL must be percent-encoded");
  }
}

function parseHost(text: string, defaultPort: number): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]@]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = Number(port ?? defaultPort);
  if (host === undefined || number < 1 || number > 65_535)
    throw new TypeError("a host in the Redis URL is invalid");
  return { host, port: number };
}
