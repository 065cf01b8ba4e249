import { isLobby } from "../../switchboard/lobby.ts";
import type { RoomName } from "../../switchboard/names.ts";

/**
 * The rooms in which this node has streams, kept in Redis too, so that others can look after them when the
 * node dies. A room is entered before any session of it is attached, and left after the last one.
 */
export class RoomIndex {
  readonly #rooms = new Map<RoomName, { seats: number; done: Promise<void> }>();
  #lobbies = 0;
  readonly #add: (room: RoomName) => Promise<void>;
  readonly #remove: (room: RoomName) => Promise<void>;

  constructor(add: (room: RoomName) => Promise<void>, remove: (room: RoomName) => Promise<void>) {
    this.#add = add;
    this.#remove = remove;
  }

  /** How many there are; lobbies are not rooms. */
  get size(): number {
    return this.#rooms.size - this.#lobbies;
  }

  /** Resolves when Redis knows. */
  enter(room: RoomName): Promise<void> {
    const entry = this.#rooms.get(room);
    if (entry === undefined) {
      const done = this.#add(room);
      this.#rooms.set(room, { seats: 1, done });
      if (isLobby(room)) this.#lobbies++;
      return done;
    }
    // One that is being left is entered again after that: the order in Redis must be the order here.
    if (entry.seats === 0) entry.done = entry.done.then(() => this.#add(room));
    entry.seats++;
    return entry.done;
  }

  /** Adds all rooms again, because the node has another id. What is removed from now on is removed under that one. */
  async addAgain(): Promise<void> {
    const entries = [...this.#rooms].filter(([, { seats }]) => seats > 0);
    for (const [room, entry] of entries) entry.done = entry.done.then(() => this.#add(room));
    await Promise.all(entries.map(([, { done }]) => done));
  }

  leave(room: RoomName): Promise<void> {
    const entry = this.#rooms.get(room);
    if (entry === undefined) return Promise.resolve();
    entry.seats--;
    if (entry.seats > 0) return Promise.resolve();
    entry.done = entry.done.then(async () => {
      if (entry.seats > 0) return;
      await this.#remove(room);
      if (entry.seats > 0 || this.#rooms.get(room) !== entry) return;
      this.#rooms.delete(room);
      if (isLobby(room)) this.#lobbies--;
    });
    return entry.done;
  }
}
