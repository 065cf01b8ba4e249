import { encodeSubmission } from "../../server/src/engines/redis/encoded-submission.ts";
import {
  openRedisConnection,
  type RedisConnection,
} from "../../server/src/engines/redis/redis-connection.ts";
import { RedisKeys } from "../../server/src/engines/redis/redis-keys.ts";
import { RedisLink } from "../../server/src/engines/redis/redis-link.ts";
import { parseRedisUrl } from "../../server/src/engines/redis/redis-url.ts";
import { RoomSchedule } from "../../server/src/engines/redis/room-schedule.ts";
import { RoomScripts } from "../../server/src/engines/redis/room-scripts.ts";
import type { SessionAddress } from "../../server/src/engines/redis/session-address.ts";
import { SessionStore, type StoredOutcome } from "../../server/src/engines/redis/session-store.ts";
import type { Standing, StoredAttachment } from "../../server/src/engines/redis/stored-session.ts";
import type { Submission } from "../../server/src/switchboard/batch.ts";
import type { PeerId, RoomName } from "../../server/src/switchboard/names.ts";
import {
  formatToken,
  hashSecret,
  newSessionId,
  parseToken,
  sessionSecret,
} from "../../server/src/switchboard/session-token.ts";
import type { SwitchboardLimits } from "../../server/src/switchboard/switchboard.ts";
import { TokenKeys } from "../../server/src/switchboard/token-keys.ts";
import { silentObserver } from "../../server/src/telemetry/observer.ts";
import { systemClock } from "../../server/src/time/clock.ts";

/** The keys of the others, but not their channels. */
class UnheardKeys extends RedisKeys {
  override readonly channels = "nowhere:";
}

/** A node whose publications reach nobody: what it stores, the others find out for themselves. */
export class UnheardNode implements Disposable {
  readonly id: string;
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #store: SessionStore;

  private constructor(connection: RedisConnection, prefix: string, limits: SwitchboardLimits, id: string) {
    this.id = id;
    this.#connection = connection;
    this.#keys = new UnheardKeys(prefix);
    const link = new RedisLink(connection, systemClock);
    const keys = this.#keys;
    const offsetMs = () => 0;
    this.#store = new SessionStore(link, {
      scripts: new RoomScripts(keys, limits, offsetMs, () => this.id),
      schedule: new RoomSchedule(link, keys, offsetMs),
      keys,
      limits,
      clock: systemClock,
      observer: silentObserver,
    });
  }

  /** @param id under which it attaches sessions. */
  static async open(
    url: string,
    prefix: string,
    limits: SwitchboardLimits,
    id = "unheard",
  ): Promise<UnheardNode> {
    const connection = openRedisConnection(parseRedisUrl(url), undefined, { onError: () => {} });
    await connection.connect();
    return new UnheardNode(connection, prefix, limits, id);
  }

  /** Joins; returns the token, with a mark that no service made. */
  async join(room: string, peerId: string): Promise<string> {
    const sessionId = newSessionId();
    const secret = sessionSecret(sessionId, new Uint8Array(0));
    const address = { room: room as RoomName, peerId: peerId as PeerId, sessionId };
    const hashes = { nonce: "", formerNonce: "", secretHash: hashSecret(secret), joinHash: "" };
    const call = { ...address, ...hashes, metadata: "[]", metadataBytes: 0, attempt: 0, identity: undefined };
    const outcome = await this.#store.join(call, 0);
    if (!outcome.ok) throw new Error(outcome.failure.message);
    return formatToken({ ...address, secret, terms: "" }, new TokenKeys());
  }

  submit(token: string, ...submissions: readonly Submission[]): Promise<StoredOutcome> {
    const known = { ack: 0, handedOut: () => undefined, accepted: 0 };
    const { secretHash } = proofIn(token);
    return this.#store.submit(addressIn(token), { secretHash }, submissions.map(encodeSubmission), known);
  }

  async resume(token: string): Promise<StoredAttachment> {
    const call = { ...addressIn(token), ...proofIn(token), lastSeq: 0, acked: 0, attempt: 0 };
    const outcome = await this.#store.resume(call, 0);
    if (outcome?.ok !== true) throw new Error("the resume was refused");
    return outcome;
  }

  standing(token: string): Promise<Standing> {
    return this.#store.standing(addressIn(token));
  }

  /** The node that has the stream of a session; empty if there is none. */
  async nodeOf(token: string): Promise<string> {
    const standing = await this.standing(token);
    if (standing.kind !== "there") throw new Error(`the session is ${standing.kind}`);
    return standing.node;
  }

  /** When the resume window of a session ends, in milliseconds; 0 while it has a stream. */
  async dueOf(token: string): Promise<number> {
    const { room, peerId } = addressIn(token);
    const head = await this.#connection.send(this.#keys.room(room), [
      "HGET",
      this.#keys.room(room),
      `p:${peerId}`,
    ]);
    if (!Buffer.isBuffer(head)) throw new Error("there is no such session");
    return head.readDoubleBE(64);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function addressIn(token: string): SessionAddress {
  const parsed = parseToken(token);
  if (parsed === undefined) throw new Error("not a token");
  return parsed;
}

function proofIn(token: string): { secretHash: string } {
  return { secretHash: hashSecret(parseToken(token)?.secret ?? "") };
}
