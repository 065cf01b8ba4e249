import type { RedisSeat } from "./redis-seat.ts";
import type { SessionStore } from "./session-store.ts";

/** Each seat is compared with Redis once in so many rounds: nothing that a publication lost is missed longer. */
const roundsOfASweep = 10;
/** How many seats are compared at once. */
const chunk = 256;

/** Compares seats with what Redis holds. */
export class SeatSweep {
  readonly #store: SessionStore;
  readonly #onError: (error: unknown) => void;
  #underWay = 0;

  constructor(store: SessionStore, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  get underWay(): boolean {
    return this.#underWay > 0;
  }

  /** Compares the share of these seats that is due in a round. */
  compareShare(seats: Iterable<RedisSeat>, round: number): Promise<void> {
    return this.compare([...seats].filter((_, i) => i % roundsOfASweep === round % roundsOfASweep));
  }

  async compare(seats: readonly RedisSeat[]): Promise<void> {
    if (seats.length === 0) return;
    this.#underWay++;
    try {
      for (let i = 0; i < seats.length; i += chunk) {
        const some = seats.slice(i, i + chunk);
        await Promise.all(some.map((seat) => seat.compare(() => this.#store.standing(seat))));
      }
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#underWay--;
    }
  }
}
