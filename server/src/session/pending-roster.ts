import { encodePeerJoined } from "../switchboard/entry.ts";
import type { Member, RosterChange } from "../switchboard/roster.ts";

/**
 * The roster changes that a stream could not take yet, coalesced by session: a peer that came and went is left out,
 * and of several updates the last one stays. So there are never more than two for each place in the room: a member
 * that left and one that came.
 */
export class PendingRoster {
  readonly #changes = new Map<number, RosterChange>();

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  add(change: RosterChange): void {
    const session = change.kind === "left" ? change.session : change.member.session;
    const hasJoined = this.#changes.get(session)?.kind === "joined";
    if (!hasJoined) this.#changes.set(session, change);
    else if (change.kind === "left") this.#changes.delete(session);
    else this.#changes.set(session, lateJoined(change.member));
  }

  /** Takes the oldest change out; undefined if there is none. */
  take(): RosterChange | undefined {
    for (const [session, change] of this.#changes) {
      this.#changes.delete(session);
      return change;
    }
    return undefined;
  }
}

/** Encoded when it is written: most are replaced before. */
function lateJoined(member: Member): RosterChange {
  return {
    kind: "joined",
    member,
    get encoded() {
      return encodePeerJoined(member);
    },
  };
}
