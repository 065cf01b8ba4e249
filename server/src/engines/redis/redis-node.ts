import { randomBytes } from "node:crypto";
import { Reason } from "@parley/contract";
import type { RoomName } from "../../switchboard/names.ts";
import type { SwitchboardLimits } from "../../switchboard/switchboard.ts";
import { newTokenKey, parseTokenKeys, type TokenKeys } from "../../switchboard/token-keys.ts";
import type { Observer } from "../../telemetry/observer.ts";
import type { Clock } from "../../time/clock.ts";
import { ChannelProbe } from "./channel-probe.ts";
import { DetachingSeats } from "./detaching-seats.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { decodeNotice, encodeHeld, encodeProbe } from "./node-channel.ts";
import { NodeLease } from "./node-lease.ts";
import { Reaper } from "./reaper.ts";
import { Reconciler } from "./reconciler.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { RedisLink } from "./redis-link.ts";
import { nodeScripts } from "./redis-script.ts";
import type { RedisSeat, SeatHost } from "./redis-seat.ts";
import { RevocationList } from "./revocation-list.ts";
import { RoomIndex } from "./room-index.ts";
import { RoomLooks } from "./room-looks.ts";
import { RoomSchedule } from "./room-schedule.ts";
import { RoomScripts } from "./room-scripts.ts";
import type { RoomView } from "./room-view.ts";
import { RoomViews } from "./room-views.ts";
import { SeatSweep } from "./seat-sweep.ts";
import { SeatTable } from "./seat-table.ts";
import { SessionStore } from "./session-store.ts";
import type { StoredAttachment } from "./stored-session.ts";

/** How often a node looks after what may have gone wrong, in milliseconds. */
const roundMs = 1000;
/** A node whose round comes so late, in milliseconds, has slept. */
const sleptMs = 1000;
/** How long a node that has woken takes to notice who has gone, in milliseconds. */
const wakingMs = 200;
/** How often the same refusal of Redis is reported, in milliseconds. */
const reportEveryMs = 60_000;

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
  readonly seats = new SeatTable();
  readonly detaching: DetachingSeats;
  readonly #options: RedisNodeOptions;
  readonly #lease: NodeLease;
  readonly #reaper: Reaper;
  readonly #reconciler: Reconciler;
  readonly #rooms: RoomIndex;
  readonly #views: RoomViews;
  readonly #sweep: SeatSweep;
  /** When each kind of refusal of Redis was last reported. */
  readonly #reportedAt = new Map<string, number>();
  #id = "";
  #stopRound: (() => void) | undefined;
  #rounds = 0;
  #closed = false;
  #term = 0;
  #comingBack = false;
  #roundDueAt = Number.POSITIVE_INFINITY;
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
    const { link, observer } = this;
    const scripts = new RoomScripts(keys, limits, offsetMs, () => this.#id);
    const schedule = new RoomSchedule(link, keys, offsetMs);
    this.store = new SessionStore(link, { scripts, schedule, keys, limits, clock, observer });
    this.detaching = new DetachingSeats(clock, options.onError);
    this.#sweep = new SeatSweep(this.store, options.onError);
    this.revocations = new RevocationList(this.link, keys, offsetMs);
    this.#lease = new NodeLease(this.link, keys, clock, offsetMs);
    this.#reaper = new Reaper({
      link,
      keys,
      store: this.store,
      schedule,
      lease: this.#lease,
      windowMs: limits.resumeWindowMs,
    });
    this.#views = new RoomViews(keys, (room) => this.store.roster(room), options.onError);
    const looks = new RoomLooks(this.link, keys, offsetMs);
    this.#reconciler = new Reconciler({
      store: this.store,
      looks,
      lease: this.#lease,
      clock,
      onError: options.onError,
      id: () => this.#id,
      hasSeat: (attachment) =>
        this.seats.bySession.get(attachment.sessionId)?.epoch === attachment.epoch ||
        this.detaching.has(attachment),
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

  /** Whether nothing is under way: for tests. */
  get idle(): boolean {
    return this.link.underWay === 0 && !this.#sweep.underWay && !this.detaching.underWay;
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
      throw new Error(`Redis is silent: nothing has arrived on the channel of this node for ${seconds} s`);
    }
    if (this.memory.isFull) throw new Error("Redis is full: it stores nothing new until sessions end");
  }

  /**
   * Undefined, unless this node has just woken from a sleep. Then it first takes note of who has gone meanwhile: what
   * those asked for is in its queues before their end.
   */
  awake(): Promise<void> | undefined {
    const { clock } = this.#options;
    this.#noteSleep();
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

  /** A seat is void. */
  forget(seat: RedisSeat): void {
    this.seats.remove(seat);
    this.leaveRoom(seat.room);
  }

  /** Lets go: what was given back is waited for, up to `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    this.#closed = true;
    this.#stopRound?.();
    const clean = this.detaching.allDetached();
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#options.clock.after(patienceMs, () => resolve(false));
    if (await Promise.race([clean.then(() => this.#sayGoodbye()), late])) cancel();
    this.seats.clear();
    this.link.close();
  }

  async #sayGoodbye(): Promise<boolean> {
    // Nobody knows of a node that never entered.
    if (this.#id === "") return true;
    const seats = this.seats.bySession;
    await this.#lease.leave(this.#id, seats.size === 0);
    if (seats.size === 0) await this.link.command("DEL", this.#options.keys.roomsOf(this.#id));
    return true;
  }

  readonly #hear = (message: Buffer): void => {
    const notice = decodeNotice(message);
    if (notice === undefined || this.#closed) return;
    if (notice.kind === "probe") return this.#probeCame(notice.number);
    if (notice.kind === "roster") return this.#views.changed(notice.roomKey, notice.step);
    if (notice.kind === "held") return this.#reconciler.check(notice.attachments);
    if (notice.kind === "ended") return this.observer.ended(notice.leave, notice.cause?.reason);
    const seat = this.seats.bySession.get(notice.sessionId);
    if (seat?.epoch === notice.epoch) seat.take(notice);
    else if (notice.kind === "lost") this.seats.noteEarly(notice);
  };

  #probeCame(number: number): void {
    // The channel works again, so that nothing is missed from now on: look up what was missed before.
    if (this.channel.came(number)) void this.#sweep.compare([...this.seats.bySession.values()]);
  }

  #nextRound(): void {
    const { clock } = this.#options;
    this.#roundDueAt = clock.now() + roundMs;
    this.#stopRound = clock.after(roundMs, () => {
      this.#noteSleep();
      this.#nextRound();
      this.#round();
    });
  }

  /** What clients have sent may be read before the round that is late because this node slept. */
  #noteSleep(): void {
    const now = this.#options.clock.now();
    if (now - this.#roundDueAt > sleptMs) this.#wokeAt = now;
  }

  #round(): void {
    if (this.channel.silentMs > 0) this.channel.suspect();
    this.#rounds++;
    // Forgotten after a round or two: an answer that takes longer is compared by the sweep.
    if (this.#rounds % 2 === 0) this.seats.forgetEarly();
    const seats = this.seats.bySession;
    for (const seat of seats.values()) seat.reportChanges();
    this.channel.send().catch(this.onError);
    void this.#sweep.compareShare(seats.values(), this.#rounds);
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
    const seats = [...this.seats.bySession.values()];
    await this.#sweep.compare(seats);
    for (const seat of seats) {
      seat.evict({
        reason: Reason.GOING_AWAY,
        message: "this node was unavailable and gave up its sessions",
      });
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
}
