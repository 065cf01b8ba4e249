import { ErrorReply } from "redis";
import type { Clock } from "../../time/clock.ts";
import type { Argument, RedisConnection } from "./redis-connection.ts";
import type { RedisScript } from "./redis-script.ts";
import { orderArguments } from "./script-arguments.ts";
import { WithdrawnError } from "./withdrawn-error.ts";

/** Redis did not answer in time. What was asked of it may still happen. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

/** How long to wait before a command is sent again, in milliseconds. */
const retryMs = 100;
/** What Redis answers while it starts, fails over, moves slots, or has no room to write: it passes, or someone
 * sees to it. Until then acknowledgements wait. */
const passing = /^(LOADING|READONLY|OOM|MISCONF|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|UNBLOCKED)\b/;

interface LinkState {
  closed: boolean;
  underWay: number;
  /** Called when Redis refuses a command, which is sent again until it does not. */
  readonly onWaiting?: (refusal: ErrorReply) => void;
}

/**
 * Commands that outlive a lost connection: what fails with the connection is sent again. Everything that goes
 * this way can be carried out twice: scripts recognise what they have done before.
 */
export class RedisLink {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  readonly #isWanted: () => boolean;
  /** The same for all that share the connection. */
  readonly #state: LinkState;

  constructor(
    connection: RedisConnection,
    clock: Clock,
    isWanted = () => true,
    state: LinkState = { closed: false, underWay: 0 },
  ) {
    this.#connection = connection;
    this.#clock = clock;
    this.#isWanted = isWanted;
    this.#state = state;
  }

  /** The same link for commands that are sent, the first time and again, only while they are wanted. */
  while(isWanted: () => boolean): RedisLink {
    return new RedisLink(this.#connection, this.#clock, isWanted, this.#state);
  }

  /** How many commands have not been answered. */
  get underWay(): number {
    return this.#state.underWay;
  }

  /** Runs a script; `more` are arguments without a name. All its keys are on the shard of the first one. */
  async run<Name extends string>(
    script: RedisScript<Name>,
    keys: readonly [string, ...string[]],
    args: Readonly<Record<Name, Argument>>,
    more: readonly Argument[] = [],
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...orderArguments(script.names, args), ...more];
    return this.#again(async () => {
      try {
        return await this.#connection.send(keys[0], ["EVALSHA", script.sha, ...rest], this.#isWanted);
      } catch (error) {
        if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
        return this.#connection.send(keys[0], ["EVAL", script.source, ...rest], this.#isWanted);
      }
    });
  }

  /** Sends one command about one key. */
  command(name: string, key: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#again(() => this.#connection.send(key, [name, key, ...args]));
  }

  /** Sends a command that names no key, to the server that has this one. */
  about(key: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#again(() => this.#connection.send(key, args));
  }

  /** Sends a command to every server, once. Rejects if one does not answer it. */
  async all(...args: readonly Argument[]): Promise<readonly unknown[]> {
    this.#state.underWay++;
    try {
      return await this.#connection.sendToAll(args);
    } finally {
      this.#state.underWay--;
    }
  }

  /** Gives up what is under way, with RedisUnavailableError. */
  close(): void {
    this.#state.closed = true;
  }

  async #again(send: () => Promise<unknown>): Promise<unknown> {
    this.#state.underWay++;
    try {
      for (;;) {
        if (!this.#isWanted()) throw new WithdrawnError();
        try {
          return await send();
        } catch (error) {
          if (error instanceof ErrorReply && !passing.test(error.message)) throw error;
          if (error instanceof WithdrawnError) throw error;
          if (this.#state.closed)
            throw new RedisUnavailableError("the connection is closed", { cause: error });
          if (error instanceof ErrorReply) this.#state.onWaiting?.(error);
        }
        await new Promise<void>((resolve) => this.#clock.after(retryMs, resolve));
      }
    } finally {
      this.#state.underWay--;
    }
  }
}
