import type { PeerId } from "./names.ts";

/** A peer as the engine knows it. */
export interface Member {
  readonly peerId: PeerId;
  readonly metadata: Readonly<Record<string, string>>;
  /** What the issuer of its access token says about it. */
  readonly trusted: Readonly<Record<string, string>>;
  /** Microseconds since the epoch; rises strictly from each member of a room to the next. */
  readonly joinedAt: number;
  /** The number of its session: counts from 1 as long as the room exists. */
  readonly session: number;
}

/**
 * One change of a room's roster, as the other members see it. `encoded` is its `SignalResponse`: made once, for all
 * who receive it.
 */
export type RosterChange =
  | { readonly kind: "joined"; readonly member: Member; readonly encoded: Uint8Array }
  | { readonly kind: "left"; readonly session: number; readonly encoded: Uint8Array }
  | { readonly kind: "updated"; readonly member: Member; readonly encoded: Uint8Array };
