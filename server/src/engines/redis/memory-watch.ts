import { Reason } from "@parley/contract";
import type { Failure } from "../../switchboard/failure.ts";
import { parseInfo } from "./redis-info.ts";
import type { RedisLink } from "./redis-link.ts";

/** Joins begin again when so much less is used than when they stopped: a state that changes all the time helps nobody. */
const hysteresis = 0.95;

/** Redis has so little memory left that no new session begins. */
class StorageFullError extends Error {
  override readonly name = "StorageFullError";
}

/** How much of its memory a server uses. */
interface Usage {
  readonly used: number;
  readonly limit: number;
}

/**
 * Watches how much memory Redis has left. New sessions end at a share of it, so that those which are there can go on:
 * a Redis that is full refuses every signal.
 */
export class MemoryWatch {
  readonly #link: RedisLink;
  readonly #share: number;
  readonly #onError: (error: Error) => void;
  #usage: Usage | undefined;
  #scarce = false;
  #looking = false;

  /** @param share of `maxmemory` at which joins stop: 0 to 1. */
  constructor(link: RedisLink, share: number, onError: (error: Error) => void) {
    this.#link = link;
    this.#share = share;
    this.#onError = onError;
  }

  /** Asks every server. Redis may be away: then nothing changes. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const replies = await this.#link.all("INFO", "memory");
      this.#usage = fullest(replies.map((reply) => usageOf(String(reply))));
    } finally {
      this.#looking = false;
    }
    const { ratio } = this;
    const before = this.#scarce;
    this.#scarce = ratio >= (before ? this.#share * hysteresis : this.#share);
    if (this.#scarce && !before)
      this.#onError(new StorageFullError(`${this.#description()}: no new session begins`));
  }

  /** Why no session may begin now; undefined if one may. */
  get refusal(): Failure | undefined {
    if (!this.#scarce) return undefined;
    return {
      reason: Reason.SERVER_FULL,
      message: "the storage has no memory left for another session",
      retryAfterMs: 5000,
    };
  }

  /** Whether Redis refuses to store anything. */
  get isFull(): boolean {
    return this.ratio >= 1;
  }

  /** What an operator should know; undefined if there is enough. */
  get warning(): string | undefined {
    return this.#scarce ? `${this.#description()}, and joins are refused` : undefined;
  }

  /** How much is used of what there is, on the server that has the least left. */
  get ratio(): number {
    return this.#usage === undefined ? 0 : this.#usage.used / this.#usage.limit;
  }

  #description(): string {
    const megabytes = (bytes = 0) => `${Math.round(bytes / 2 ** 20)} MB`;
    const { used, limit } = this.#usage ?? {};
    return `Redis uses ${megabytes(used)} of its maxmemory of ${megabytes(limit)}`;
  }
}

/** Undefined for a server without a limit. */
function usageOf(text: string): Usage | undefined {
  const memory = parseInfo(text);
  const limit = Number(memory.get("maxmemory") ?? 0);
  // Redis compares without the buffers of its replicas and of its append-only file.
  const used = Number(memory.get("used_memory") ?? 0) - Number(memory.get("mem_not_counted_for_evict") ?? 0);
  return limit === 0 ? undefined : { used, limit };
}

function fullest(usages: readonly (Usage | undefined)[]): Usage | undefined {
  let worst: Usage | undefined;
  for (const usage of usages) {
    if (usage === undefined) continue;
    if (worst === undefined || usage.used / usage.limit > worst.used / worst.limit) worst = usage;
  }
  return worst;
}
