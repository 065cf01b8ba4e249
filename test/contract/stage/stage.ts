import { randomBytes } from "node:crypto";
import { reasonName } from "@parley/contract";
import { expect } from "vitest";
import { Server, type ServerConfig } from "../../../server/src/server.ts";
import { type Observer, silentObserver } from "../../../server/src/telemetry/observer.ts";
import { readFlags } from "../../kit/read-flags.ts";
import { until } from "../../kit/until.ts";
import type { Bearer, First, Stream, Way } from "../ways/index.ts";
import { Actor } from "./actor.ts";
import { HeldClock } from "./held-clock.ts";
import { LogBook } from "./log-book.ts";

export interface Joining {
  readonly room?: string;
  /** False lets the server name the peer. */
  readonly named?: boolean;
  readonly metadata?: Record<string, string>;
  readonly nonce?: Uint8Array;
  readonly formerNonce?: Uint8Array;
  readonly poll?: boolean;
  /** An access token. */
  readonly access?: string;
  readonly way?: Way;
}

const madeByServer = /^peer-[0-9a-f]{12}$/;

/** A server with a held clock, and the peers of one test. Its end fails if anything dangles. */
export class Stage implements AsyncDisposable {
  readonly way: Way;
  readonly clock = new HeldClock();
  readonly log = new LogBook();
  readonly server: Server;
  readonly config: ServerConfig;
  /** Why streams ended, by what the observer learns; "its client" if by no will of the service. */
  readonly ends: string[] = [];
  url = "";
  /** Where the administration is, if the flags ask for it. */
  adminUrl = "";
  readonly #actors: Actor[] = [];
  readonly #streams: Stream[] = [];
  readonly #names = new Map<string, string>();

  private constructor(way: Way, config: ServerConfig) {
    this.way = way;
    this.config = config;
    const observer: Observer = {
      ...silentObserver,
      streamEnded: (reason) => this.ends.push(reason === undefined ? "its client" : reasonName(reason)),
    };
    this.server = new Server(config, { logger: this.log, clock: this.clock, observer });
  }

  /** @param flags of the command line. */
  static async start(way: Way, flags: readonly string[] = []): Promise<Stage> {
    const stage = new Stage(way, await configOf(flags));
    const { url, adminPort } = await stage.server.start();
    stage.url = url;
    stage.adminUrl = `http://127.0.0.1:${adminPort}`;
    return stage;
  }

  /** Joins, and hears the welcome. */
  async join(name: string, joining: Joining = {}): Promise<Actor> {
    const first: First = { case: "join", ...joinOf(name, joining) };
    const actor = this.enter(name, first, joining.way, joining.access);
    await actor.hear();
    return actor;
  }

  /** Opens a stream for a new actor; nothing is waited for. */
  enter(name: string, first: First, way = this.way, access?: string): Actor {
    const bearer = access === undefined ? undefined : { token: access };
    return this.#act(name, way, way.open(this.url, first, bearer), bearer);
  }

  /** Opens a stream that says nothing. Not for every way. */
  enterSilent(name: string): Actor {
    const stream = this.way.openSilent?.(this.url);
    if (stream === undefined) throw new Error(`${this.way.name} cannot be silent`);
    return this.#act(name, this.way, stream);
  }

  /** Lets time pass, in milliseconds. */
  pass(ms: number): void {
    this.clock.advance(ms);
  }

  /** Lets time pass until a condition holds, a second at a time. */
  passUntil(condition: () => boolean): Promise<void> {
    const passed = () => {
      this.pass(1000);
      return condition();
    };
    return until(passed, () => "what time was to bring");
  }

  /** Waits until the server has so many sessions with a stream, and so many clients that wait in a lobby. */
  attached(sessions: number, clientsInLobby = 0): Promise<void> {
    const there = () => this.server.counts();
    return until(
      () => there().attached === sessions && there().waiting === clientsInLobby,
      () => `${sessions} sessions with a stream; there are ${JSON.stringify(there())}`,
    );
  }

  /** What everybody heard. */
  transcripts(): Record<string, string[]> {
    return Object.fromEntries(this.#actors.map(({ name, transcript }) => [name, transcript]));
  }

  #act(name: string, way: Way, stream: Stream, bearer?: Bearer): Actor {
    this.#streams.push(stream);
    const host = {
      alias: (peerId: string) => this.#names.get(peerId) ?? peerId,
      name: (peerId: string, name: string) => {
        if (madeByServer.test(peerId) && !this.#names.has(peerId)) this.#names.set(peerId, name);
      },
      bearer,
      open: (first: First) => {
        const next = way.open(this.url, first, bearer);
        this.#streams.push(next);
        return next;
      },
    };
    const actor = new Actor(name, host, stream);
    this.#actors.push(actor);
    return actor;
  }

  /** Everybody loses their connection, the resume windows pass, and nothing may be left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.cut();
    await this.attached(0);
    this.clock.advance(this.config.resumeWindowMs + this.config.firstMessageMs);
    const left = () => ({ ...this.server.counts(), timers: this.clock.pending });
    await until(
      () => Object.values(left()).every((count) => count === 0),
      () => `nothing to be left; there is ${JSON.stringify(left())}`,
    );
    await this.server.close(0);
    expect(this.log.troubles, "what was logged as a warning or an error").toEqual([]);
    expect(this.log.find("stopped"), "connections that had to be cut").toEqual({ connectionsCut: 0 });
  }
}

/** A configuration as the command line makes it. */
export function configOf(flags: readonly string[]): Promise<ServerConfig> {
  return readFlags("serve", "--port", "0", "--page", "false", "--node", "stage", ...flags);
}

/** A join as `Stage.join` says it. */
export function joinOf(name: string, joining: Joining = {}) {
  const { room = "standup", named = true, metadata = {}, nonce = randomBytes(16), poll = false } = joining;
  const { formerNonce = new Uint8Array(0) } = joining;
  return { value: { room, ...(named ? { peerId: name } : {}), metadata, nonce, formerNonce }, poll };
}
