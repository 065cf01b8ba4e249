import type { PeerInfo } from "./peer-info.ts";
import type { Identity, SessionKey } from "./session-key.ts";
import type { SessionMemory } from "./tab-memory.ts";

/** Who a session is, beyond its end and that of the page: it asks for its name again, and proves that it had it. */
export class SessionIdentity {
  readonly #identity: Identity;
  readonly #asked: string | undefined;
  readonly #key: SessionKey;
  readonly #memory: SessionMemory | undefined;

  constructor(identity: Identity, key: SessionKey, memory: SessionMemory | undefined) {
    this.#identity = identity;
    this.#asked = identity.peerId;
    this.#key = key;
    this.#memory = memory;
  }

  /** Takes up what this tab remembers, unless it asks for another name. */
  async recall(): Promise<void> {
    const remembered = await this.#memory?.recall(this.#identity.room);
    if (remembered === undefined || (this.#asked ?? remembered.peerId) !== remembered.peerId) return;
    this.#identity.peerId = remembered.peerId;
    this.#key.continues(remembered.nonce);
  }

  /** The service knows it as this. */
  settle({ peerId }: PeerInfo): void {
    this.#identity.peerId = peerId;
    void this.#memory?.keep(this.#identity.room, { peerId, nonce: this.#key.nonce });
  }

  /** What a new session is joined with. */
  publish(metadata: Readonly<Record<string, string>>): void {
    this.#identity.metadata = metadata;
  }

  /** The page may be frozen, or goes. */
  release(): void {
    this.#memory?.release();
  }

  /** The session was left: the next one is a new peer. */
  forget(): void {
    this.#memory?.forget(this.#identity.room);
  }
}
