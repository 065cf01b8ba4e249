import type { RoomName } from "../../switchboard/names.ts";
import type { Member } from "../../switchboard/roster.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { RoomView, type RosterStep, type StoredRoster } from "./room-view.ts";
import type { StoredAttachment } from "./stored-session.ts";

interface Kept {
  readonly view: RoomView;
  readonly room: RoomName;
  /** How many have entered: seats, and attachments that are under way. */
  users: number;
  reading: Promise<void> | undefined;
  /** The newest version that was heard of. */
  newest: number;
}

/** The rosters of all rooms in which this node has seats, each kept as long as it is needed. */
export class RoomViews {
  readonly #keys: RedisKeys;
  readonly #read: (room: RoomName) => Promise<StoredRoster>;
  readonly #onError: (error: unknown) => void;
  readonly #kept = new Map<string, Kept>();

  constructor(
    keys: RedisKeys,
    read: (room: RoomName) => Promise<StoredRoster>,
    onError: (error: unknown) => void,
  ) {
    this.#keys = keys;
    this.#read = read;
    this.#onError = onError;
  }

  /** Keeps the roster of a room until `leave`. */
  enter(room: RoomName): RoomView {
    const key = this.#keys.room(room);
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = { view: new RoomView(), room, users: 0, reading: undefined, newest: 0 };
      this.#kept.set(key, kept);
    }
    kept.users++;
    return kept.view;
  }

  leave(room: RoomName): void {
    const key = this.#keys.room(room);
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    kept.users--;
    if (kept.users === 0) this.#kept.delete(key);
  }

  /** A change was published. If one before it is missing, the roster is read again. */
  changed(roomKey: string, step: RosterStep): void {
    const kept = this.#kept.get(roomKey);
    if (kept === undefined) return;
    const reborn = replaces(kept, membersOf(step), step.version);
    kept.newest = Math.max(kept.newest, step.version);
    if (reborn || !kept.view.apply(step)) this.learn(kept.room).catch(this.#onError);
  }

  /**
   * Brings the roster of a room to where an attachment left it. `flushed` resolves when everything has come that was
   * published so far.
   */
  async catchUp(
    room: RoomName,
    { steps, roster, rosterVersion }: Pick<StoredAttachment, "steps" | "roster" | "rosterVersion">,
    flushed: () => Promise<void>,
  ): Promise<void> {
    const kept = this.#kept.get(this.#keys.room(room));
    if (kept === undefined) return;
    const { view } = kept;
    replaces(kept, [...steps.flatMap(membersOf), ...(roster?.members ?? [])], rosterVersion);
    if (view.version !== 0) {
      for (const step of steps) view.apply(step);
      // The changes before are on their way by the channel, and say more than the roster does.
      if (view.version < rosterVersion) await Promise.race([view.reaches(rosterVersion), flushed()]);
    }
    if (roster !== undefined) view.replace(roster);
    // A change may have come before the answer, when it could not be applied yet.
    if (view.version < kept.newest) await this.learn(room);
  }

  /** Reads the roster of a room again. */
  async learn(room: RoomName): Promise<void> {
    const kept = this.#kept.get(this.#keys.room(room));
    if (kept === undefined) return;
    kept.reading ??= this.#readUntilNewest(kept).finally(() => {
      kept.reading = undefined;
    });
    await kept.reading;
  }

  /** What was published while the roster was read could not be applied: it may take another look. */
  async #readUntilNewest(kept: Kept): Promise<void> {
    do {
      const roster = await this.#read(kept.room);
      replaces(kept, roster.members, roster.version);
      kept.view.replace(roster);
    } while (kept.newest > kept.view.version && kept.users > 0);
  }
}

/** Starts over if these members are of a later room with the same name, at this version. Returns whether they are. */
function replaces(kept: Kept, members: readonly Member[], version: number): boolean {
  if (!kept.view.isReplacedBy(members)) return false;
  kept.view.forget();
  kept.newest = version;
  return true;
}

function membersOf(step: RosterStep): readonly Member[] {
  return step.kind === "left" ? [] : [step.member];
}
