import type { LeaveCause } from "../../client-web/src/index.ts";

/** One signal between two peers. `number` counts what this sender has sent to this recipient, from 1. */
export interface NumberedSignal {
  readonly from: string;
  readonly to: string;
  readonly number: number;
}

/** What a peer saw, and when: milliseconds since the epoch, by the one clock of the machine. */
export type PeerEvent = { readonly at: number } & (
  | ({ readonly kind: "sent" } & NumberedSignal)
  | ({ readonly kind: "acked" } & NumberedSignal)
  /** By the service where `told`; otherwise because the session ended and its fate is not known. */
  | ({ readonly kind: "rejected"; readonly reason: string; readonly told: boolean } & NumberedSignal)
  | ({ readonly kind: "received" } & NumberedSignal)
  /** A stream is open. `node` is empty if the session is on none for long. */
  | { readonly kind: "open"; readonly peer: string; readonly node: string }
  /** A stream was lost. */
  | { readonly kind: "away"; readonly peer: string; readonly reason: string }
  | { readonly kind: "left"; readonly peer: string; readonly about: string; readonly cause: LeaveCause }
  /** The session was given up, and another begins. */
  | { readonly kind: "reset"; readonly peer: string; readonly reason: string }
  | { readonly kind: "closed"; readonly peer: string; readonly reason: string }
  /** Something that cannot be: the text says what. */
  | { readonly kind: "broken"; readonly peer: string; readonly text: string }
);
