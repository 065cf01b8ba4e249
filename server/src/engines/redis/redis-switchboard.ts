import type { Batch, SubmitOutcome } from "../../switchboard/batch.ts";
import type { Failure } from "../../switchboard/failure.ts";
import { hashJoin } from "../../switchboard/join-hash.ts";
import { type SeatKind, seatKindOf } from "../../switchboard/lobby.ts";
import { metadataSize } from "../../switchboard/metadata.ts";
import type { Revocation, RevocationListener } from "../../switchboard/revocation.ts";
import { nodeRefusal } from "../../switchboard/seat-counts.ts";
import {
  formatToken,
  hashNonce,
  hashSecret,
  newPeerId,
  newSessionId,
  noSession,
  notAToken,
  parseToken,
  type SessionToken,
  sessionSecret,
  tokenFailure,
} from "../../switchboard/session-token.ts";
import type {
  AttachOutcome,
  JoinRequest,
  ResumeRequest,
  SeatListener,
  Switchboard,
  SwitchboardLimits,
} from "../../switchboard/switchboard.ts";
import { TokenKeys } from "../../switchboard/token-keys.ts";
import { type Observer, silentObserver } from "../../telemetry/observer.ts";
import type { Clock } from "../../time/clock.ts";
import { encodedHeartbeat, encodeSubmission } from "./encoded-submission.ts";
import { LinkFence } from "./link-fence.ts";
import { encodeMetadata } from "./member-info.ts";
import { Patience, refused, unavailable } from "./patience.ts";
import { type ConnectionEvents, openRedisConnection, type RedisConnection } from "./redis-connection.ts";
import { RedisDirectory } from "./redis-directory.ts";
import { RedisKeys } from "./redis-keys.ts";
import { RedisNode } from "./redis-node.ts";
import { type RedisTls, secureContextOf } from "./redis-tls.ts";
import { parseRedisUrl } from "./redis-url.ts";
import { type Attaching, SeatOpener } from "./seat-opener.ts";
import type { SessionStore } from "./session-store.ts";
import { StartupWait } from "./startup-wait.ts";
import { checkSuitability } from "./suitability.ts";
import { WatchedConnection } from "./watched-connection.ts";
import { WithdrawnError } from "./withdrawn-error.ts";

/** How long `close` waits until Redis knows of the streams that have ended, in milliseconds. */
const closeMs = 3000;

export interface RedisSwitchboardOptions {
  readonly url: string;
  /** For an address with TLS. @default the public authorities, and no certificate of this node */
  readonly tls?: RedisTls | undefined;
  /** The name of this node, for people. */
  readonly node: string;
  readonly clock: Clock;
  /** @default none */
  readonly observer?: Observer;
  /** What goes wrong beside a call: for the log. */
  readonly onError: (error: unknown) => void;
  /** The share of `maxmemory` at which joins stop: 0 to 1. @default 0.8 */
  readonly memoryShare?: number;
  /** What every key begins with. @default "parley" */
  readonly prefix?: string;
  /** How far the clock is ahead of that of Redis, in milliseconds: for tests. @default 0 */
  readonly offsetMs?: () => number;
}

/** The engine for several nodes: all state is in Redis, and any node may die. */
export class RedisSwitchboard implements Switchboard {
  readonly shared = true;
  readonly directory: RedisDirectory;
  readonly #limits: SwitchboardLimits;
  readonly #clock: Clock;
  readonly #commands: RedisConnection;
  readonly #subscriber: RedisConnection;
  readonly #node: RedisNode;
  readonly #seats: SeatOpener;
  readonly #leasesKey: string;
  readonly #startupWait: StartupWait;
  readonly #tokenKeys = new TokenKeys([]);
  #closed = false;

  constructor(limits: SwitchboardLimits, options: RedisSwitchboardOptions) {
    const {
      url,
      tls,
      node,
      clock,
      onError,
      prefix = "parley",
      offsetMs = () => 0,
      memoryShare = 0.8,
      observer = silentObserver,
    } = options;
    const address = parseRedisUrl(url);
    const secureContext = tls === undefined ? undefined : secureContextOf(tls);
    const keys = new RedisKeys(prefix);
    const startupWait = new StartupWait(address, clock);
    this.#startupWait = startupWait;
    this.#limits = limits;
    this.#clock = clock;
    this.#leasesKey = keys.leases;
    const report = (error: unknown) => {
      startupWait.note(error);
      if (!this.#closed) onError(error);
    };
    const open = (events: ConnectionEvents, fence?: LinkFence) =>
      openRedisConnection(address, secureContext, events, fence);
    const fence = new LinkFence();
    this.#commands = new WatchedConnection(() => open({ onError: report }, fence), report);
    this.#subscriber = open({
      onError: (error) => {
        this.#node.channel.suspect();
        report(error);
      },
    });
    this.#node = new RedisNode({
      name: node,
      keys,
      limits,
      clock,
      offsetMs,
      tokenKeys: this.#tokenKeys,
      memoryShare,
      observer,
      commands: this.#commands,
      subscriber: this.#subscriber,
      onError: report,
    });
    this.#seats = new SeatOpener(this.#node, clock, observer);
    this.directory = new RedisDirectory(this.#node.link, keys, this.#node.store, clock);
  }

  /** Whether nothing is under way between this node and Redis: for tests. */
  get idle(): boolean {
    return this.#node.idle;
  }

  /** Resolves when all that was published to this node so far has come: for tests. */
  async settled(): Promise<void> {
    await this.#node.channel.send();
    while (!this.#node.channel.isBack) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Rejects, in words for people, when Redis cannot be used, refuses this node, or cannot be reached. */
  async start(): Promise<void> {
    try {
      await this.#startupWait.of(async () => {
        await Promise.all([this.#commands.connect(), this.#subscriber.connect()]);
        await checkSuitability(this.#node.link, this.#leasesKey);
        await this.#node.open();
      });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  join(request: JoinRequest, listener: SeatListener, done: (outcome: AttachOutcome) => void): void {
    const { room, metadata, nonce, formerNonce, attempt, identity, terms = "" } = request;
    const kind = seatKindOf(room, request.peerId);
    const refusal = this.#refusal(kind) ?? this.#node.memory.refusal;
    if (refusal !== undefined) return done(refused(refusal));
    const owner = identity?.owner ?? "";
    const sessionId = newSessionId();
    const call = {
      room,
      sessionId,
      peerId: request.peerId ?? newPeerId(),
      metadata: encodeMetadata(metadata),
      metadataBytes: metadataSize(metadata),
      nonce: hashNonce(nonce, owner),
      formerNonce: hashNonce(formerNonce, owner),
      secretHash: "",
      joinHash: hashJoin(request),
      attempt,
      identity,
    };
    const secret = sessionSecret(sessionId, nonce);
    const attaching: Attaching = {
      room,
      rosterVersion: 0,
      call: (store, version) => store.join({ ...call, secretHash: hashSecret(secret) }, version),
      tokenOf: (stored) => {
        const { peerId } = stored.self;
        const isNew = stored.sessionId === sessionId;
        const own = { room, peerId, sessionId: stored.sessionId, terms };
        // The secret of a session that was there before follows from its nonce.
        return formatToken(
          { ...own, secret: isNew ? secret : sessionSecret(stored.sessionId, nonce) },
          this.#tokenKeys,
          owner,
        );
      },
    };
    this.#seats.open(attaching, listener, done);
  }

  resume(request: ResumeRequest, listener: SeatListener, done: (outcome: AttachOutcome) => void): void {
    const token = parseToken(request.token);
    if (token === undefined) return done(refused(notAToken));
    const { room, peerId, sessionId } = token;
    const refusal =
      this.tokenFailure(request.token, request.owner) ?? this.#refusal(seatKindOf(room, peerId));
    if (refusal !== undefined) return done(refused(refusal));
    const { lastSeq, acked, attempt, rosterVersion } = request;
    const call = { room, peerId, sessionId, secretHash: hashSecret(token.secret), lastSeq, acked, attempt };
    const attaching: Attaching = {
      room,
      rosterVersion,
      call: (store, version) => store.resume(call, version),
      tokenOf: () => request.token,
    };
    this.#seats.open(attaching, listener, done);
  }

  tokenFailure(token: string, owner = ""): Failure | undefined {
    return tokenFailure(token, this.#tokenKeys, owner);
  }

  submit(text: string, batch: Batch, done: (outcome: SubmitOutcome) => void): void {
    const token = parseToken(text);
    if (token === undefined) return done(refused(notAToken));
    const patience = new Patience(this.#clock, done);
    this.#submit(
      token,
      batch,
      this.#node.store.while(() => patience.isWanted),
    ).then(
      (outcome) => patience.give(outcome),
      (error: unknown) => {
        if (error instanceof WithdrawnError) return;
        this.#node.onError(error);
        patience.failed(error);
      },
    );
  }

  revoke(revocation: Revocation): Promise<void> {
    return this.#node.revocations.add(revocation);
  }

  watchRevocations(listener: RevocationListener): void {
    this.#node.revocations.watch(listener);
  }

  async probe(): Promise<string | undefined> {
    this.#node.check();
    return this.#node.memory.warning;
  }

  counts() {
    const { rooms, seats } = this.#node;
    const { sessions, places } = seats.counts;
    return { rooms, sessions, attached: sessions, waiting: places };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.directory.close();
    await this.#node.close(closeMs).catch(() => {});
    this.#commands.close();
    this.#subscriber.close();
  }

  /** Why nobody can be attached here now. */
  #refusal(kind: SeatKind): Failure | undefined {
    if (this.#closed || !this.#node.valid) return unavailable;
    return nodeRefusal(this.#node.seats.counts, kind, this.#limits);
  }

  async #submit(
    { room, peerId, sessionId, secret }: SessionToken,
    batch: Batch,
    store: SessionStore,
  ): Promise<SubmitOutcome> {
    const address = { room, peerId, sessionId };
    const proof = { secretHash: hashSecret(secret) };
    const heartbeat = batch.heartbeat === true;
    const signals = batch.submissions.map(encodeSubmission);
    const submissions = heartbeat ? [...signals, encodedHeartbeat] : signals;
    const known = { ack: batch.ack, handedOut: () => this.#node.seats.bySession.get(sessionId), accepted: 0 };
    const outcome = await store.submit(address, proof, submissions, known);
    switch (outcome.kind) {
      case "misnumbered":
        return refused(outcome.failure);
      case "ended":
        return refused(outcome.cause ?? noSession);
      case "fenced":
      case "gone":
        return refused(noSession);
    }
    const { accepted, undelivered, rejected } = outcome;
    if (outcome.kind === "ok") {
      const seat = this.#node.seats.bySession.get(sessionId);
      seat?.noteAccepted(accepted, undelivered);
      if (submissions.length > 0) seat?.noteHeard(heartbeat);
    }
    return { ok: true, accepted, rejected };
  }
}
