import type { Failure } from "../../switchboard/failure.ts";
import type { RoomName } from "../../switchboard/names.ts";
import { noSession } from "../../switchboard/session-token.ts";
import type { Attached, AttachOutcome, SeatListener } from "../../switchboard/switchboard.ts";
import type { Observer } from "../../telemetry/observer.ts";
import type { Clock } from "../../time/clock.ts";
import { Patience, unavailable } from "./patience.ts";
import type { RedisNode } from "./redis-node.ts";
import { RedisSeat } from "./redis-seat.ts";
import type { SessionStore } from "./session-store.ts";
import type { StoredAttachment } from "./stored-session.ts";
import { WithdrawnError } from "./withdrawn-error.ts";

/** One way to be attached: a join, or a resume. */
export interface Attaching {
  readonly room: RoomName;
  /** The version of the roster that the client knows; 0 for none. */
  readonly rosterVersion: number;
  /** Asks Redis; the node knows this version of the roster. Undefined if there is no such session. */
  call(
    store: SessionStore,
    rosterVersion: number,
  ): Promise<StoredAttachment | { ok: false; failure: Failure } | undefined>;
  tokenOf(stored: StoredAttachment): string;
}

/** Opens seats on this node, for clients that wait for them only so long. */
export class SeatOpener {
  readonly #node: RedisNode;
  readonly #clock: Clock;
  readonly #observer: Observer;

  constructor(node: RedisNode, clock: Clock, observer: Observer) {
    this.#node = node;
    this.#clock = clock;
    this.#observer = observer;
  }

  open(attaching: Attaching, listener: SeatListener, done: (outcome: AttachOutcome) => void): void {
    const patience = new Patience<Attached>(this.#clock, done);
    this.#open(attaching, listener, patience).catch((error: unknown) => {
      this.#node.leaveRoom(attaching.room);
      if (error instanceof WithdrawnError) return patience.withdraw();
      this.#node.onError(error);
      patience.failed(error);
    });
  }

  async #open(attaching: Attaching, listener: SeatListener, patience: Patience<Attached>): Promise<void> {
    const node = this.#node;
    const { room } = attaching;
    // A client that got its answer, or has gone, tries elsewhere: what comes late would take its session from it.
    const store = node.store.while(() => patience.isWanted && !listener.gone);
    const { term } = node;
    const waking = node.awake();
    if (waking !== undefined) await waking;
    // First the room is known to those who look after it, then it has a session.
    const { view, entered } = node.enterRoom(room);
    await entered;
    const stored = await attaching.call(store, view.version);
    if (stored === undefined || !stored.ok) {
      node.leaveRoom(room);
      return patience.refuse(stored?.failure ?? noSession);
    }
    await node.catchUp(room, stored);
    const seat = new RedisSeat(node, listener, { room, view, ...stored });
    node.seats.register(seat);
    this.#observe(seat, stored);
    if (term !== node.term) {
      seat.detach();
      return patience.refuse(unavailable);
    }
    // A client that waited too long has got its answer: what it asked for waits for a resume.
    if (!patience.isWanted) return seat.detach();
    patience.give(attached(seat, stored, attaching));
    node.seats.registered(seat);
  }

  #observe({ kind }: RedisSeat, { resumed }: StoredAttachment): void {
    if (kind === "place" && !resumed) this.#observer.waits();
    if (kind !== "session") return;
    if (resumed) this.#observer.resumed();
    else this.#observer.joined();
  }
}

function attached(
  seat: RedisSeat,
  stored: StoredAttachment,
  { rosterVersion, tokenOf }: Attaching,
): Attached {
  const { view } = seat;
  const rosterUnchanged = rosterVersion !== 0 && rosterVersion === view.version;
  return {
    ok: true,
    seat,
    token: tokenOf(stored),
    resumed: stored.resumed,
    roster: rosterUnchanged ? [] : view.others(seat.session),
    rosterVersion: view.version,
    rosterUnchanged,
    accepted: seat.ackable,
  };
}
