import { ErrorReply } from "redis";
import { parseInfo } from "./redis-info.ts";
import type { RedisLink } from "./redis-link.ts";
import { UnsuitableRedisError } from "./unsuitable-redis-error.ts";

const leastMajor = 7;
/** An id that no connection has. */
const noConnection = String(Number.MAX_SAFE_INTEGER);

/**
 * Rejects with UnsuitableRedisError for a server that is too old or reports no version, that throws data away when it
 * is full, or that does not let this node close its earlier connections.
 */
export async function checkSuitability(link: RedisLink, key: string): Promise<void> {
  const server = await info(link, key, "server");
  const version = server.get("redis_version");
  if (!version) {
    throw new UnsuitableRedisError("Redis does not report its version: Redis 7 or Valkey is needed");
  }
  if (!(Number.parseInt(version, 10) >= leastMajor)) {
    throw new UnsuitableRedisError(`Redis ${version} is too old: 7 or Valkey is needed`);
  }
  const policy = (await info(link, key, "memory")).get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    throw new UnsuitableRedisError(
      `Redis throws data away when its memory is full (maxmemory-policy ${policy}): set it to noeviction`,
    );
  }
  try {
    await link.about(key, "CLIENT", "KILL", "ID", noConnection);
  } catch (error) {
    if (!(error instanceof ErrorReply)) throw error;
    const message = `Redis refuses CLIENT KILL, which the user of this node needs (+client|kill): ${error.message}`;
    throw new UnsuitableRedisError(message, { cause: error });
  }
}

/** `INFO` takes its section where other commands have their key. */
async function info(link: RedisLink, key: string, section: string): Promise<Map<string, string>> {
  return parseInfo(String(await link.about(key, "INFO", section)));
}
