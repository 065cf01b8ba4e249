import type { Resume } from "@parley/contract/plain";
import type { Inbox } from "./inbox.ts";
import { textOf } from "./metadata-sender.ts";
import type { SessionStart } from "./session-transport.ts";

/** Bytes of a nonce: what `Join.nonce` asks for at least. */
const nonceBytes = 16;

/** Who is to join: what a session says of itself each time it begins. */
export interface Identity {
  readonly room: string;
  peerId?: string | undefined;
  metadata?: Readonly<Record<string, string>> | undefined;
}

/** What opens a session, and takes it up again. Secret. */
export class SessionKey {
  /** The `Welcome.session_token`; empty until there was one. */
  token = "";
  readonly #identity: Identity;
  readonly #inbox: Inbox;
  readonly #acked: () => number;
  readonly #rosterVersion: () => number;
  // The same until the session is known to be gone: a join whose `Welcome` was lost is repeated with it.
  #nonce = newNonce();
  /** How often this session was opened, or tried: an older try that arrives late must not displace a newer one. */
  #attempt = 0;
  /** The nonce of the session before, which proves that this client held the name. */
  #formerNonce: Uint8Array<ArrayBuffer> = new Uint8Array();

  /**
   * @param acked the highest number of a signal that the server has acknowledged.
   * @param rosterVersion the version of the roster that this client knows; 0 for none.
   */
  constructor(identity: Identity, inbox: Inbox, acked: () => number, rosterVersion: () => number) {
    this.#identity = identity;
    this.#inbox = inbox;
    this.#acked = acked;
    this.#rosterVersion = rosterVersion;
  }

  /** How the next stream begins. */
  start(): SessionStart {
    if (this.token !== "") return { case: "resume", value: this.resume() };
    const { room, peerId, metadata } = this.#identity;
    const value = {
      room: String(room),
      metadata: textOf(metadata),
      nonce: this.#nonce,
      attempt: ++this.#attempt,
      formerNonce: this.#formerNonce,
      peerId: peerId === undefined ? peerId : String(peerId),
      accessToken: "",
    };
    return { case: "join", value };
  }

  /** The session as it stands. Acknowledges what was processed. */
  resume(): Resume {
    const lastSeq = this.#inbox.acknowledge();
    return {
      sessionToken: this.token,
      lastSeq,
      ackedSeq: this.#acked(),
      rosterVersion: this.#rosterVersion(),
      accessToken: "",
      attempt: ++this.#attempt,
    };
  }

  get nonce(): Uint8Array<ArrayBuffer> {
    return this.#nonce;
  }

  /** The session continues the one of this nonce, as on a page that was loaded again. */
  continues(nonce: Uint8Array<ArrayBuffer>): void {
    this.#formerNonce = nonce;
  }

  /** The session is gone: the next one is another, and asks for the same name. */
  renew(): void {
    if (this.token !== "") this.#formerNonce = this.#nonce;
    this.token = "";
    this.#nonce = newNonce();
    this.#attempt = 0;
  }
}

function newNonce(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(nonceBytes));
}
