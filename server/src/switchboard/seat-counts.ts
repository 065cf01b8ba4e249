import { Reason } from "@parley/contract";
import type { Failure } from "./failure.ts";
import type { SeatKind } from "./lobby.ts";
import type { SwitchboardLimits } from "./switchboard.ts";

/** How many of each kind there are. */
export class SeatCounts {
  readonly #counts: Record<SeatKind, number> = { session: 0, place: 0, view: 0 };

  /** Those of clients that have a session. */
  get sessions(): number {
    return this.#counts.session;
  }

  /** Those of clients that wait in a lobby. */
  get places(): number {
    return this.#counts.place;
  }

  add(kind: SeatKind): void {
    this.#counts[kind]++;
  }

  remove(kind: SeatKind): void {
    this.#counts[kind]--;
  }

  clear(): void {
    for (const kind of ["session", "place", "view"] as const) this.#counts[kind] = 0;
  }
}

/** When a node that is full may have room again, in milliseconds: a guess. */
const retryAfterMs = 5000;

/** Why a node takes no more of this kind, or undefined if it does. Each session may have one view, so those need no limit. */
export function nodeRefusal(
  held: SeatCounts,
  kind: SeatKind,
  { nodePeers, nodeLobbyPeers }: Pick<SwitchboardLimits, "nodePeers" | "nodeLobbyPeers">,
): Failure | undefined {
  if (kind === "session" && held.sessions >= nodePeers) return full("peers");
  if (kind === "place" && held.places >= nodeLobbyPeers) return full("clients in lobbies");
  return undefined;
}

function full(of: string): Failure {
  return { reason: Reason.SERVER_FULL, message: `this node has reached its limit of ${of}`, retryAfterMs };
}
