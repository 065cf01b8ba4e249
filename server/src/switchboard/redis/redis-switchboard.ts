import { Reason } from "@parley/contract";
import type { Clock } from "../../time/clock.ts";
import { encodeSender } from "../entry.ts";
import type { RoomName } from "../names.ts";
import {
  formatToken,
  hashNonce,
  hashSecret,
  newPeerId,
  newSecret,
  newSessionId,
  noSession,
  notAToken,
  parseToken,
  type SessionToken,
  tokenFailure,
} from "../session-token.ts";
import type {
  AttachOutcome,
  Batch,
  Failure,
  JoinRequest,
  Recipient,
  ResumeRequest,
  SubmitOutcome,
  Switchboard,
  SwitchboardLimits,
} from "../switchboard.ts";
import { TokenKeys } from "../token-keys.ts";
import { encodeMetadata } from "./control-entry.ts";
import { encodedHeartbeat, encodeSubmission } from "./encoded-submission.ts";
import { FirstAnswer } from "./first-answer.ts";
import { LinkFence } from "./link-fence.ts";
import { type ConnectionEvents, openRedisConnection, type RedisConnection } from "./redis-connection.ts";
import { RedisKeys } from "./redis-keys.ts";
import { RedisUnavailableError } from "./redis-link.ts";
import { RedisNode } from "./redis-node.ts";
import { RedisSeat } from "./redis-seat.ts";
import { type RedisTls, secureContextOf } from "./redis-tls.ts";
import { parseRedisUrl } from "./redis-url.ts";
import type { SessionStore, TokenProof } from "./session-store.ts";
import type { StoredAttachment } from "./stored-session.ts";
import { checkSuitability } from "./suitability.ts";
import { WatchedConnection } from "./watched-connection.ts";
import { WithdrawnError } from "./withdrawn-error.ts";

/** How long a client waits for Redis before it is told to try elsewhere, in milliseconds. */
const patienceMs = 5000;
/** How long `close` waits until Redis knows of the streams that have ended, in milliseconds. */
const closeMs = 3000;

export interface RedisSwitchboardOptions {
  readonly url: string;
  /** For an address with TLS. @default the public authorities, and no certificate of this node */
  readonly tls?: RedisTls | undefined;
  /** The name of this node, for people. */
  readonly node: string;
  readonly clock: Clock;
  /** What goes wrong beside a call: for the log. */
  readonly onError: (error: unknown) => void;
  /** What every key begins with. @default "parley" */
  readonly prefix?: string;
  /** How far the clock is ahead of that of Redis, in milliseconds: for tests. @default 0 */
  readonly offsetMs?: () => number;
}

/** The engine for several nodes: all state is in Redis, and any node may die. */
export class RedisSwitchboard implements Switchboard {
  readonly shared = true;
  readonly #limits: SwitchboardLimits;
  readonly #clock: Clock;
  readonly #commands: RedisConnection;
  readonly #subscriber: RedisConnection;
  readonly #node: RedisNode;
  readonly #leasesKey: string;
  readonly #firstAnswer: FirstAnswer;
  readonly #tokenKeys = new TokenKeys([]);
  #closed = false;

  constructor(limits: SwitchboardLimits, options: RedisSwitchboardOptions) {
    const { url, tls, node, clock, onError, prefix = "parley", offsetMs = () => 0 } = options;
    const address = parseRedisUrl(url);
    const secureContext = tls === undefined ? undefined : secureContextOf(tls);
    const keys = new RedisKeys(prefix);
    const firstAnswer = new FirstAnswer(address, clock);
    this.#firstAnswer = firstAnswer;
    this.#limits = limits;
    this.#clock = clock;
    this.#leasesKey = keys.leases;
    const report = (error: unknown) => {
      firstAnswer.note(error);
      if (!this.#closed) onError(error);
    };
    const open = (events: ConnectionEvents, fence?: LinkFence) =>
      openRedisConnection(address, secureContext, events, fence);
    const fence = new LinkFence();
    this.#commands = new WatchedConnection(() => open({ onError: report }, fence), report);
    this.#subscriber = open({
      onError: (error) => {
        this.#node.suspect();
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
      commands: this.#commands,
      subscriber: this.#subscriber,
      onError: report,
    });
  }

  /** Whether nothing is under way between this node and Redis: for tests. */
  get idle(): boolean {
    return this.#node.idle;
  }

  /** Resolves when all that was published to this node so far has come: for tests. */
  async settled(): Promise<void> {
    await this.#node.probe();
    while (!this.#node.probeBack) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Rejects, in words for people, when Redis cannot be used, refuses this node, or cannot be reached. */
  async start(): Promise<void> {
    try {
      await this.#firstAnswer.of(async () => {
        await Promise.all([this.#commands.connect(), this.#subscriber.connect()]);
        await checkSuitability(this.#node.link, this.#leasesKey);
        await this.#node.open();
      });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  join(request: JoinRequest, recipient: Recipient, done: (outcome: AttachOutcome) => void): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) return done(refused(refusal));
    const sessionId = newSessionId();
    const secret = newSecret();
    const call = {
      room: request.room,
      sessionId,
      peerId: request.peerId ?? newPeerId(),
      chosen: request.peerId !== undefined,
      metadata: encodeMetadata(request.metadata),
      nonce: hashNonce(request.nonce),
      secretHash: hashSecret(secret),
    };
    this.#attach(
      request.room,
      recipient,
      0,
      done,
      (store) => store.join(call),
      ({ self: { peerId }, sessionId }) =>
        formatToken({ room: call.room, peerId, sessionId, secret }, this.#tokenKeys),
    );
  }

  resume(request: ResumeRequest, recipient: Recipient, done: (outcome: AttachOutcome) => void): void {
    const token = parseToken(request.token);
    if (token === undefined) return done(refused(notAToken));
    const refusal = this.tokenFailure(request.token) ?? this.#refusal();
    if (refusal !== undefined) return done(refused(refusal));
    const { lastSeq, acked } = request;
    const stored = (store: SessionStore) => store.resume(token, proofOf(token), lastSeq, acked);
    this.#attach(token.room, recipient, lastSeq, done, stored, () => request.token);
  }

  tokenFailure(token: string): Failure | undefined {
    return tokenFailure(token, this.#tokenKeys);
  }

  submit(text: string, batch: Batch, done: (outcome: SubmitOutcome) => void): void {
    const token = parseToken(text);
    if (token === undefined) return done(refused(notAToken));
    const patience = this.#patience(done);
    this.#submit(token, batch, this.#node.store.while(patience.isWanted)).then(
      patience.give,
      (error: unknown) => {
        if (error instanceof WithdrawnError) return;
        this.#node.onError(error);
        patience.give(refused(error instanceof RedisUnavailableError ? unavailable : internal));
      },
    );
  }

  async probe(): Promise<void> {
    this.#node.check();
  }

  counts() {
    const { rooms, seats } = this.#node;
    return { rooms, sessions: seats, attached: seats };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#node.close(closeMs).catch(() => {});
    this.#commands.close();
    this.#subscriber.close();
  }

  /** Why nobody can be attached here now. */
  #refusal(): Failure | undefined {
    if (this.#closed || !this.#node.valid) return unavailable;
    if (this.#node.seats < this.#limits.nodePeers) return undefined;
    return {
      reason: Reason.SERVER_FULL,
      message: "this node holds as many peers as it may",
      retryAfterMs: 5000,
    };
  }

  #attach(
    room: RoomName,
    recipient: Recipient,
    lastSeq: number,
    done: (outcome: AttachOutcome) => void,
    call: (store: SessionStore) => Promise<StoredAttachment | { ok: false; failure: Failure } | undefined>,
    tokenOf: (stored: StoredAttachment) => string,
  ): void {
    let given = false;
    const give = (outcome: AttachOutcome) => {
      given = true;
      cancel();
      done(outcome);
    };
    const cancel = this.#clock.after(patienceMs, () => give(refused(unavailable)));
    // A client that got its answer, or has gone, tries elsewhere: what comes late would take its session from it.
    const store = this.#node.store.while(() => !given && !recipient.gone);
    const { term } = this.#node;
    const attach = async () => {
      const waking = this.#node.awake();
      if (waking !== undefined) await waking;
      // First the room is known to those who look after it, then it has a session.
      await this.#node.enterRoom(room);
      const stored = await call(store);
      if (stored === undefined || !stored.ok) {
        this.#node.leaveRoom(room);
        if (!given) give(refused(stored?.failure ?? noSession));
        return;
      }
      const { sessionId, epoch, self, accepted, roster, last, resumed } = stored;
      const seat = new RedisSeat(this.#node, recipient, { room, sessionId, epoch, self, accepted, lastSeq });
      this.#node.register(seat);
      if (term !== this.#node.term) {
        seat.detach();
        if (!given) give(refused(unavailable));
        return;
      }
      // Whoever waited too long has been told so: what it asked for waits for a resume.
      if (given) return seat.detach();
      give({ ok: true, seat, token: tokenOf(stored), resumed, roster, rosterSeq: last, accepted });
    };
    attach().catch((error: unknown) => {
      this.#node.leaveRoom(room);
      if (error instanceof WithdrawnError) return cancel();
      this.#node.onError(error);
      if (!given) give(refused(error instanceof RedisUnavailableError ? unavailable : internal));
    });
  }

  async #submit(token: SessionToken, batch: Batch, store: SessionStore): Promise<SubmitOutcome> {
    const { room, peerId, sessionId } = token;
    const sender = encodeSender(peerId);
    const seat = this.#node.seatOf(sessionId);
    const signals = batch.submissions.map((submission) => encodeSubmission(submission, sender));
    const heartbeat = batch.heartbeat === true;
    const submissions = heartbeat ? [encodedHeartbeat, ...signals] : signals;
    const known = { ack: batch.ack, cursor: () => seat?.cursor ?? -1, accepted: 0 };
    const outcome = await store.submit({ room, sessionId }, proofOf(token), submissions, known);
    if (outcome.kind === "gap") return refused({ reason: Reason.SEQ_GAP, message: outcome.message });
    if (outcome.kind === "lost") return refused(lost);
    if (outcome.kind !== "ok" && outcome.kind !== "over") return refused(noSession);
    if (outcome.kind === "ok") {
      this.#node.seatOf(sessionId)?.noteAccepted(outcome.accepted);
      if (submissions.length > 0) this.#node.seatOf(sessionId)?.noteHeard(heartbeat);
    }
    return { ok: true, accepted: outcome.accepted, rejected: outcome.rejected };
  }

  /** Calls back once: with what comes, or, when nothing does for too long, with the word that Redis is away. */
  #patience(done: (outcome: SubmitOutcome) => void): Patience {
    let given = false;
    const give = (outcome: SubmitOutcome) => {
      if (given) return;
      given = true;
      cancel();
      done(outcome);
    };
    const cancel = this.#clock.after(patienceMs, () => give(refused(unavailable)));
    return { give, isWanted: () => !given };
  }
}

/** The wait for an outcome, which has an end. */
interface Patience {
  readonly give: (outcome: SubmitOutcome) => void;
  /** Whether nothing was given yet. */
  readonly isWanted: () => boolean;
}

function proofOf({ secret, peerId }: SessionToken): TokenProof {
  return { secretHash: hashSecret(secret), peerId };
}

const lost: Failure = { reason: Reason.SESSION_LOST, message: "the storage lost a part of this session" };
const unavailable: Failure = {
  reason: Reason.STORAGE_UNAVAILABLE,
  message: "this node cannot reach its storage",
  retryAfterMs: 1000,
};
const internal: Failure = { reason: Reason.INTERNAL, message: "the storage refused what it was asked" };

function refused(failure: Failure): { ok: false; failure: Failure } {
  return { ok: false, failure };
}
