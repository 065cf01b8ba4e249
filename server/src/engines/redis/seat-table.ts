import { Reason } from "@parley/contract";
import type { Failure } from "../../switchboard/failure.ts";
import { SeatCounts } from "../../switchboard/seat-counts.ts";
import type { Notice } from "./node-channel.ts";
import type { RedisSeat } from "./redis-seat.ts";

const replaced: Failure = {
  reason: Reason.SESSION_REPLACED,
  message: "a newer stream has taken over this session",
};

/** The seats on this node: at most one per session, that of its newest epoch. */
export class SeatTable {
  readonly #seats = new Map<string, RedisSeat>();
  readonly bySession: ReadonlyMap<string, RedisSeat> = this.#seats;
  readonly counts = new SeatCounts();
  /** Why sessions were lost whose seats are not known here yet. */
  readonly #early = new Map<string, { epoch: number; cause: Failure | undefined }>();

  /** A seat is there; its room was entered before. */
  register(seat: RedisSeat): void {
    const before = this.#seats.get(seat.sessionId);
    if (before !== undefined && before.epoch > seat.epoch) return;
    this.#seats.set(seat.sessionId, seat);
    if (before === undefined) this.counts.add(seat.kind);
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
  remove(seat: RedisSeat): void {
    if (this.#seats.get(seat.sessionId) === seat) {
      this.#seats.delete(seat.sessionId);
      this.counts.remove(seat.kind);
    }
    seat.view.unlisten(seat);
  }

  clear(): void {
    this.#seats.clear();
    this.counts.clear();
  }

  /** The notice that a session is lost may come before the answer by which it is attached. */
  noteEarly({ sessionId, epoch, cause }: Extract<Notice, { kind: "lost" }>): void {
    this.#early.set(sessionId, { epoch, cause });
  }

  forgetEarly(): void {
    this.#early.clear();
  }
}
