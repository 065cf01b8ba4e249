import { type Clock, systemClock } from "../../time/clock.ts";
import type { Argument, RedisConnection } from "./redis-connection.ts";

/**
 * How long all commands under way may stay without any answer, in milliseconds: twice as long each time that the next
 * connection gets none either. On a busy machine it takes long to find the new primary after a failover, and a connection
 * that never has the time for it finds none.
 */
const silenceMs = 5000;
const mostSilenceMs = 60_000;
const checkMs = 1000;

/** The connection did not answer, and another took its place. What was asked may have been carried out. */
class SilentConnectionError extends Error {
  override readonly name = "SilentConnectionError";
}

/**
 * A connection that is replaced when nothing answers on it. A link that is half-open takes what is written
 * and says nothing: the timeout of the socket never comes, because writing counts as life.
 */
export class WatchedConnection implements RedisConnection {
  readonly #make: () => RedisConnection;
  readonly #onError: (error: Error) => void;
  readonly #clock: Clock;
  readonly #pending = new Set<(error: Error) => void>();
  #stopWatch: () => void = () => {};
  #connection: RedisConnection;
  #waitingSince = 0;
  #patienceMs = silenceMs;
  #closed = false;

  /** @param clock that of the links, which know no other time than that of the machine; not that of the node. */
  constructor(make: () => RedisConnection, onError: (error: Error) => void, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#make = make;
    this.#onError = onError;
    this.#connection = make();
    this.#watch();
  }

  send(key: string, args: readonly Argument[], isWanted?: () => boolean): Promise<unknown> {
    if (this.#pending.size === 0) this.#waitingSince = this.#clock.now();
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      const answered = () => {
        this.#pending.delete(reject);
        // An answer on one that was replaced does not show that its successor works.
        if (connection === this.#connection) this.#waitingSince = this.#clock.now();
      };
      connection.send(key, args, isWanted).then(
        (reply) => {
          answered();
          if (connection === this.#connection) this.#patienceMs = silenceMs;
          resolve(reply);
        },
        (error: unknown) => {
          answered();
          reject(error);
        },
      );
    });
  }

  sendToAll(args: readonly Argument[]): Promise<readonly unknown[]> {
    return this.#connection.sendToAll(args);
  }

  subscribe(channel: string, listener: (message: Buffer) => void): Promise<void> {
    return this.#connection.subscribe(channel, listener);
  }

  connect(): Promise<void> {
    return this.#connection.connect();
  }

  close(): void {
    this.#closed = true;
    this.#stopWatch();
    this.#connection.close();
    this.#rejectAll(new SilentConnectionError("the connection is closed"));
  }

  #watch(): void {
    this.#stopWatch = this.#clock.after(checkMs, () => {
      this.#watch();
      this.#look();
    });
  }

  #look(): void {
    if (this.#pending.size === 0 || this.#clock.now() - this.#waitingSince < this.#patienceMs) return;
    const error = new SilentConnectionError(`Redis has not answered for ${this.#patienceMs / 1000} s`);
    this.#patienceMs = Math.min(this.#patienceMs * 2, mostSilenceMs);
    this.#onError(error);
    // Closed before another is made, which the server closes it for.
    this.#connection.close();
    this.#replace();
    this.#rejectAll(error);
  }

  #replace(): void {
    const connection = this.#make();
    this.#connection = connection;
    this.#waitingSince = this.#clock.now();
    connection.connect().catch((thrown: unknown) => {
      if (this.#closed) return;
      this.#onError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      // The clients of Sentinels and clusters give up for good after some tries, and then refuse every command.
      this.#clock.after(checkMs, () => {
        if (!this.#closed && this.#connection === connection) this.#replace();
      });
    });
  }

  #rejectAll(error: Error): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const reject of pending) reject(error);
  }
}
