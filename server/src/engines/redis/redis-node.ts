import { randomBytes } from "node:crypto";
import { Reason } from "@parley/contract";
import type { RoomName } from "../../switchboard/names.ts";
import type { Failure, SwitchboardLimits } from "../../switchboard/switchboard.ts";
import { newTokenKey, parseTokenKeys, type TokenKeys } from "../../switchboard/token-keys.ts";
import type { Observer } from "../../telemetry/observer.ts";
import type { Clock } from "../../time/clock.ts";
import { ChannelProbe } from "./channel-probe.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { decodeNotice, encodeHeld, encodeProbe, type Notice } from "./node-channel.ts";
import { NodeLease } from "./node-lease.ts";
import { Reaper } from "./reaper.ts";
import { Reconciler } from "./reconciler.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { RedisLink, RedisUnavailableError } from "./redis-link.ts";
import { nodeScripts } from "./redis-script.ts";
import type { RedisSeat, SeatHost } from "./redis-seat.ts";
import { RevocationList } from "./revocation-list.ts";
import { RoomIndex } from "./room-index.ts";
import { RoomLooks } from "./room-looks.ts";
import type { RoomView } from "./room-view.ts";
import { RoomViews } from "./room-views.ts";
import type { AttachmentAddress } from "./session-address.ts";
import { SessionStore } from "./session-store.ts";
import type { StoredAttachment } from "./stored-session.ts";

/** How often a node looks after what may have gone wrong, in milliseconds. */
const roundMs = 1000;
/** Each seat is compared with Redis once in so many rounds: nothing that a publication lost is missed longer. */
const roundsOfASweep = 10;
/** A node whose round comes so late, in milliseconds, has slept. */
const sleptMs = 1000;
/** How long a node that has woken takes to notice who has gone, in milliseconds. */
const wakingMs = 200;
/** How many seats are compared at once. */
const sweepChunk = 256;
/** How often the same refusal of Redis is reported, in milliseconds. */
const reportEveryMs = 60_000;
/** How long to wait before a seat is given back again whose first try failed, in milliseconds. */
const giveBackRetryMs = 1000;

const replaced: Failure = {
  reason: Reason.SESSION_REPLACED,
  message: "a newer stream took this session over",
};

export interface RedisNodeOptions {
  /** The name of this node, for people. */
  readonly name: string;
  readonly keys: RedisKeys;
  readonly limits: SwitchboardLimits;
  readonly clock: Clock;
  /** How far the clock of the tests is ahead of that of Redis, in milliseconds. */
  readonly offsetMs: () => number;
  /** Empty until the nodes have agreed on them. */
  readonly tokenKeys: TokenKeys;
  /** The share of the memory of Redis at which joins stop: 0 to 1. */
  readonly memoryShare: number;
  readonly observer: Observer;
  readonly commands: RedisConnection;
  readonly subscriber: RedisConnection;
  readonly onError: (error: unknown) => void;
}

/** This process among the nodes that share a Redis: its lease, its one channel, and the seats on it. */
export class RedisNode implements SeatHost {
  readonly store: SessionStore;
  readonly link: RedisLink;
  readonly observer: Observer;
  readonly onError: (error: unknown) => void;
  readonly memory: MemoryWatch;
  readonly channel: ChannelProbe;
  readonly revocations: RevocationList;
  readonly #options: RedisNodeOptions;
  readonly #lease: NodeLease;
  readonly #reaper: Reaper;
  readonly #reconciler: Reconciler;
  readonly #rooms: RoomIndex;
  readonly #views: RoomViews;
  readonly #seats = new Map<string, RedisSeat>();
  /** Why sessions were lost whose seats are not known here yet. */
  readonly #early = new Map<string, { epoch: number; cause: Failure | undefined }>();
  readonly #detaching = new Set<Promise<void>>();
  /** When each kind of refusal of Redis was last reported. */
  readonly #reportedAt = new Map<string, number>();
  /** Seats that are to be given back once their last signals are stored, which may wait for room in a mailbox. */
  readonly #settling = new Set<Promise<void>>();
  /** The seats that both of these are about. */
  readonly #leaving = new Set<RedisSeat>();
  #id = "";
  #stopRound: (() => void) | undefined;
  #rounds = 0;
  #sweeping = 0;
  #closed = false;
  #term = 0;
  #comingBack = false;
  /** When this node last found that it had slept. */
  #wokeAt = Number.NEGATIVE_INFINITY;

  constructor(options: RedisNodeOptions) {
    const { keys, clock, offsetMs, limits, commands } = options;
    this.#options = options;
    this.onError = options.onError;
    this.observer = options.observer;
    this.link = new RedisLink(commands, clock, undefined, {
      closed: false,
      underWay: 0,
      onWaiting: (refusal) => this.#noteWaiting(refusal),
    });
    this.memory = new MemoryWatch(this.link, options.memoryShare, options.onError);
    this.channel = new ChannelProbe(async (number) => {
      await this.link.command("PUBLISH", keys.channels + this.#id, encodeProbe(number));
    }, clock);
    this.store = new SessionStore(this.link, keys, limits, clock, offsetMs, () => this.#id, this.observer);
    this.revocations = new RevocationList(this.link, keys, offsetMs);
    this.#lease = new NodeLease(this.link, keys, clock, offsetMs);
    this.#reaper = new Reaper(this.link, keys, this.store, this.#lease, limits.resumeWindowMs);
    this.#views = new RoomViews(keys, (room) => this.store.roster(room), options.onError);
    const looks = new RoomLooks(this.link, keys, offsetMs);
    this.#reconciler = new Reconciler({
      store: this.store,
      looks,
      lease: this.#lease,
      clock,
      onError: options.onError,
      id: () => this.#id,
      hasSeat: (attachment) => this.#hasSeat(attachment),
      ask: async (node, attachments) => {
        await this.link.command("PUBLISH", keys.channels + node, encodeHeld(attachments));
      },
    });
    this.#rooms = new RoomIndex(
      (room) => looks.note(room, this.#id),
      async (room) => void (await this.link.command("SREM", keys.roomsOf(this.#id), room)),
    );
  }

  /** What the clock of Redis shows, in milliseconds, also while Redis is away. */
  get redisNowMs(): number {
    return this.#lease.redisNowMs;
  }

  get rooms(): number {
    return this.#rooms.size;
  }

  get seats(): number {
    return this.#seats.size;
  }

  /** Whether nothing is under way: for tests. */
  get idle(): boolean {
    return this.link.underWay === 0 && this.#sweeping === 0 && this.#detaching.size === 0;
  }

  /** Whether others believe that this node lives, so that it may take sessions. */
  get valid(): boolean {
    return this.#lease.valid;
  }

  /** Rises when this node finds that it was declared dead: what it began before must not be kept. */
  get term(): number {
    return this.#term;
  }

  async open(): Promise<void> {
    await this.#enter();
    this.channel.begin();
    this.#nextRound();
  }

  /** Rejects when the engine does not work from end to end. */
  check(): void {
    if (this.#lease.lost) {
      throw new Error("this node was declared dead: it gives up its sessions and comes back under a new id");
    }
    if (!this.#lease.valid) throw new Error("Redis cannot be reached");
    const { silentMs } = this.channel;
    if (silentMs > 0) {
      const seconds = Math.round(silentMs / 1000);
      throw new Error(`Redis is silent: the channel of this node has brought nothing for ${seconds} s`);
    }
    if (this.memory.isFull) throw new Error("Redis is full: it stores nothing until sessions have ended");
  }

  /**
   * Undefined, unless this node has just woken from a sleep. Then it first takes note of who has gone meanwhile: what
   * those asked for is in its queues before their end.
   */
  awake(): Promise<void> | undefined {
    const { clock } = this.#options;
    const leftMs = this.#wokeAt + wakingMs - clock.now();
    return leftMs > 0 ? new Promise((resolve) => clock.after(leftMs, resolve)) : undefined;
  }

  /** A seat of this room is to come here: its roster is kept, and Redis is informed. */
  enterRoom(room: RoomName): { readonly view: RoomView; readonly entered: Promise<void> } {
    return { view: this.#views.enter(room), entered: this.#rooms.enter(room) };
  }

  leaveRoom(room: RoomName): void {
    this.#views.leave(room);
    void this.#rooms.leave(room).catch(this.onError);
  }

  /** Reads the roster of a room again. */
  learn(room: RoomName): Promise<void> {
    return this.#views.learn(room);
  }

  /** Brings the roster of a room to where an attachment left it. */
  catchUp(room: RoomName, stored: StoredAttachment): Promise<void> {
    return this.#views.catchUp(room, stored, () => this.channel.flushed());
  }

  seatOf(sessionId: string): RedisSeat | undefined {
    return this.#seats.get(sessionId);
  }

  /** A seat is there; its room was entered before. */
  register(seat: RedisSeat): void {
    const before = this.#seats.get(seat.sessionId);
    if (before !== undefined && before.epoch > seat.epoch) return;
    this.#seats.set(seat.sessionId, seat);
    seat.view.listen(seat);
    before?.lost(replaced);
  }

  /** The listener of a seat knows of it: it learns what happened to its session meanwhile. */
  registered(seat: RedisSeat): void {
    const early = this.#early.get(seat.sessionId);
    if (this.#seats.get(seat.sessionId) !== seat) seat.lost(replaced);
    else if (early !== undefined && early.epoch === seat.epoch) seat.lost(early.cause);
  }

  /** A seat is void. */
  forget(seat: RedisSeat): void {
    if (this.#seats.get(seat.sessionId) === seat) this.#seats.delete(seat.sessionId);
    seat.view.unlisten(seat);
    this.leaveRoom(seat.room);
  }

  /** Gives a seat back, again and again until Redis has taken it: nobody else would look after its session. */
  giveBack(seat: RedisSeat, detach: () => Promise<void>): void {
    const watched = this.#untilDone(detach)
      .catch(this.onError)
      .finally(() => {
        this.#detaching.delete(watched);
        this.#leaving.delete(seat);
      });
    this.#detaching.add(watched);
    this.#leaving.add(seat);
  }

  async #untilDone(attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof RedisUnavailableError) throw error;
        this.onError(error);
      }
      await new Promise<void>((resolve) => this.#options.clock.after(giveBackRetryMs, resolve));
    }
  }

  /** A seat is to be given back when this has come. */
  settling(seat: RedisSeat, done: Promise<void>): void {
    this.#leaving.add(seat);
    const watched = done.finally(() => this.#settling.delete(watched));
    this.#settling.add(watched);
  }

  /** Whether an attachment has a seat here, or one that is being given back. */
  #hasSeat({ sessionId, epoch }: AttachmentAddress): boolean {
    if (this.#seats.get(sessionId)?.epoch === epoch) return true;
    for (const seat of this.#leaving) if (seat.sessionId === sessionId && seat.epoch === epoch) return true;
    return false;
  }

  /** Lets go: what was given back is waited for, up to `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    this.#closed = true;
    this.#stopRound?.();
    const clean = this.#allDetached();
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#options.clock.after(patienceMs, () => resolve(false));
    if (await Promise.race([clean.then(() => this.#sayGoodbye()), late])) cancel();
    this.#seats.clear();
    this.link.close();
  }

  async #allDetached(): Promise<void> {
    // A seat that still has signals under way is given back after them.
    while (this.#detaching.size + this.#settling.size > 0) {
      await Promise.all([...this.#detaching, ...this.#settling]);
    }
  }

  async #sayGoodbye(): Promise<boolean> {
    // Nobody knows of a node that never entered.
    if (this.#id === "") return true;
    await this.#lease.leave(this.#id, this.#seats.size === 0);
    if (this.#seats.size === 0) await this.link.command("DEL", this.#options.keys.roomsOf(this.#id));
    return true;
  }

  readonly #hear = (message: Buffer): void => {
    const notice = decodeNotice(message);
    if (notice === undefined || this.#closed) return;
    if (notice.kind === "probe") return this.#probeCame(notice.number);
    if (notice.kind === "roster") return this.#views.changed(notice.roomKey, notice.step);
    if (notice.kind === "held") return this.#reconciler.check(notice.attachments);
    if (notice.kind === "ended") return this.observer.ended(notice.leave, notice.cause?.reason);
    const seat = this.#seats.get(notice.sessionId);
    if (seat?.epoch === notice.epoch) seat.take(notice);
    else if (notice.kind === "lost") this.#noteEarly(notice);
  };

  /** The word that a session is lost may come before the answer by which it is attached. */
  #noteEarly({ sessionId, epoch, cause }: Extract<Notice, { kind: "lost" }>): void {
    this.#early.set(sessionId, { epoch, cause });
  }

  #probeCame(number: number): void {
    // The channel works again, so that nothing is missed from now on: look up what was missed before.
    if (this.channel.came(number)) void this.#sweep([...this.#seats.values()]);
  }

  #nextRound(): void {
    const { clock } = this.#options;
    const dueAt = clock.now() + roundMs;
    this.#stopRound = clock.after(roundMs, () => {
      if (clock.now() - dueAt > sleptMs) this.#wokeAt = clock.now();
      this.#nextRound();
      this.#round();
    });
  }

  #round(): void {
    if (this.channel.silentMs > 0) this.channel.suspect();
    this.#rounds++;
    // Forgotten after a round or two: an answer that takes longer is compared by the sweep.
    if (this.#rounds % 2 === 0) this.#early.clear();
    for (const seat of this.#seats.values()) seat.reportChanges();
    const share = [...this.#seats.values()].filter(
      (_, i) => i % roundsOfASweep === this.#rounds % roundsOfASweep,
    );
    this.channel.send().catch(this.onError);
    void this.#sweep(share);
    this.#renew().catch(this.onError);
    // Redis may be away, which others report.
    this.memory.look().catch(() => {});
    this.revocations.look().catch(() => {});
    this.#reaper.run().catch(this.onError);
    this.#reconciler.run().catch(this.onError);
  }

  /** Each kind of refusal is reported once in a while: commands wait, and nobody would know what for. */
  #noteWaiting(refusal: Error): void {
    const kind = refusal.message.split(" ", 1)[0] ?? "";
    const now = this.#options.clock.now();
    if (now - (this.#reportedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < reportEveryMs) return;
    this.#reportedAt.set(kind, now);
    this.onError(refusal);
  }

  async #renew(): Promise<void> {
    if (this.#comingBack || !this.#lease.due) return;
    if (await this.#lease.renew(this.#id)) return this.#shareTokenKeys();
    this.#comingBack = true;
    try {
      await this.#comeBack();
    } finally {
      this.#comingBack = false;
    }
  }

  /**
   * Declared dead while it slept, or Redis has lost everything: what it holds is void. It takes nobody until all of
   * that is given up and it has entered under a new id.
   */
  async #comeBack(): Promise<void> {
    this.#term++;
    const seats = [...this.#seats.values()];
    await this.#sweep(seats);
    for (const seat of seats) {
      seat.evict({ reason: Reason.GOING_AWAY, message: "this node was away, and gave its sessions up" });
    }
    await this.#enter();
    await this.#rooms.addAgain();
  }

  async #enter(): Promise<void> {
    const id = `${this.#options.name}.${randomBytes(6).toString("base64url")}`;
    await this.#options.subscriber.subscribe(this.#options.keys.channels + id, this.#hear);
    await this.#lease.enter(id);
    this.#id = id;
    await this.#shareTokenKeys();
    await this.revocations.look();
  }

  /** Agrees with the other nodes on the keys of session tokens. */
  async #shareTokenKeys(): Promise<void> {
    const { keys, tokenKeys } = this.#options;
    const own = tokenKeys.all.length === 0 ? [newTokenKey()] : tokenKeys.all;
    const stored = await this.link.run(nodeScripts.tokenKeys, [keys.tokenKeys], { keys: own.join(",") });
    tokenKeys.share(parseTokenKeys(String(stored)));
  }

  /** Compares seats with what Redis holds. */
  async #sweep(seats: readonly RedisSeat[]): Promise<void> {
    if (seats.length === 0) return;
    this.#sweeping++;
    try {
      for (let i = 0; i < seats.length; i += sweepChunk) {
        const some = seats.slice(i, i + sweepChunk);
        await Promise.all(some.map((seat) => seat.compare(() => this.store.standing(seat))));
      }
    } catch (error) {
      this.onError(error);
    } finally {
      this.#sweeping--;
    }
  }
}
