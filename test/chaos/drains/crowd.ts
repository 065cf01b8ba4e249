import type { ClientLine } from "../history/line.ts";
import type { PeerEvent } from "../peer-event.ts";

/** Where the peers of a drill find the service. */
export interface Place {
  /** The balancer, over HTTPS. */
  readonly url: string;
  readonly ca: string;
  readonly caFile: string;
  readonly record: (event: PeerEvent) => void;
  /** Takes what the second oracle reads. */
  readonly write: (line: ClientLine) => void;
}

/** Peers with one kind of client, which send signals to one another until they are asked to be quiet. */
export interface Crowd extends AsyncDisposable {
  readonly name: string;
  readonly peers: readonly string[];
  /** The room of each peer whose history is written; empty for clients that write none. */
  readonly rooms: Readonly<Record<string, string>>;
  /** Resolves when all have joined. They begin at once. */
  join(): Promise<void>;
  /** The node that each peer has its stream on. */
  nodes(): Promise<readonly string[]>;
  /** Sends nothing new. */
  quiet(): Promise<void>;
}

/** Puts peers into rooms of two, each named after the first in it. */
export function pairs(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, names[index - (index % 2)] ?? name]));
}
