import type { PeerWay } from "./fresh-transport.ts";
import type { ClientLine } from "./history/line.ts";
import type { PeerEvent } from "./peer-event.ts";

export interface PeerPlan {
  readonly name: string;
  readonly room: string;
  readonly way: PeerWay;
}

/** What the process of peers is ordered to do. */
export type Order =
  | {
      readonly order: "join";
      readonly peers: readonly PeerPlan[];
      readonly url: string;
      /** The address of the broker of those that come over MQTT. */
      readonly broker: string;
      readonly pauseMs: number;
      readonly seed: number;
      /** Whether they resume on up to three nodes at once. */
      readonly impatient: boolean;
    }
  | { readonly order: "begin" | "quiet" | "leave" };

/** What it answers: to each order when it is carried out, and what has happened, as it comes. */
export type Report =
  | { readonly report: "done"; readonly order: Order["order"] }
  | { readonly report: "failed"; readonly message: string }
  | { readonly report: "events"; readonly events: readonly PeerEvent[] }
  | { readonly report: "history"; readonly history: readonly ClientLine[] };
