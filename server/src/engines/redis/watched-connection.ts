import type { Argument, RedisConnection } from "./redis-connection.ts";

/** How long all commands under way may stay without any answer, in milliseconds. */
const silenceMs = 5000;
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
  readonly #pending = new Set<(error: Error) => void>();
  readonly #check: NodeJS.Timeout;
  #connection: RedisConnection;
  #waitingSince = 0;
  #closed = false;

  constructor(make: () => RedisConnection, onError: (error: Error) => void) {
    this.#make = make;
    this.#onError = onError;
    this.#connection = make();
    this.#check = setInterval(() => this.#look(), checkMs);
    this.#check.unref();
  }

  send(key: string, args: readonly Argument[], isWanted?: () => boolean): Promise<unknown> {
    if (this.#pending.size === 0) this.#waitingSince = performance.now();
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      const answered = () => {
        this.#pending.delete(reject);
        this.#waitingSince = performance.now();
      };
      this.#connection.send(key, args, isWanted).then(
        (reply) => {
          answered();
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
    clearInterval(this.#check);
    this.#connection.close();
    this.#rejectAll(new SilentConnectionError("the connection is closed"));
  }

  #look(): void {
    if (this.#pending.size === 0 || performance.now() - this.#waitingSince < silenceMs) return;
    const error = new SilentConnectionError(`Redis has not answered for ${silenceMs / 1000} s`);
    this.#onError(error);
    // Closed before another is made, which the server closes it for.
    this.#connection.close();
    this.#connection = this.#make();
    this.#waitingSince = performance.now();
    this.#connection.connect().catch((thrown: unknown) => {
      if (!this.#closed) this.#onError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
    this.#rejectAll(error);
  }

  #rejectAll(error: Error): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const reject of pending) reject(error);
  }
}
