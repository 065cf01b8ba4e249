import type { PeerEvent } from "../peer-event.ts";

/** Where the peers of a drill find the service. */
export interface Place {
  /** The balancer, over HTTPS. */
  readonly url: string;
  readonly ca: string;
  readonly caFile: string;
  readonly record: (event: PeerEvent) => void;
}

/** Peers with one kind of client, which send signals to one another until they are asked to be quiet. */
export interface Crowd extends AsyncDisposable {
  readonly name: string;
  readonly peers: readonly string[];
  /** Resolves when all have joined. They begin at once. */
  join(): Promise<void>;
  /** The node that each peer has its stream on. */
  nodes(): Promise<readonly string[]>;
  /** Sends nothing new. */
  quiet(): Promise<void>;
}
