import type { Transcript } from "./transcript.ts";

/** A WebRTC stack with a client of the service: what joins rooms here. */
export interface Stack {
  readonly name: string;
  /** Joins a room under this name; resolves when it has joined. `server` is host and port. */
  join(server: string, room: string): Promise<Participant>;
}

/**
 * A peer in a room. It connects with every other peer, exchanges a megabyte over a data channel, and prints `joined as
 * …`, `resumed as …`, `stream lost…`, `connection with …: <state>`, `received <n> bytes from …: intact`.
 */
export interface Participant extends AsyncDisposable {
  readonly name: string;
  readonly transcript: Transcript;
}
