/** What a tab remembers of its last session in a room. Secret. */
export interface RememberedSession {
  readonly peerId: string;
  /** The nonce of its join, which proves that the tab held the name. */
  readonly nonce: Uint8Array<ArrayBuffer>;
}

/** Remembers a session beyond the life of the page, so that a page that is loaded again gets its name back. */
export interface SessionMemory {
  /** The last session of this tab in the room; undefined if there was none, or if another tab still lives in it. */
  recall(room: string): Promise<RememberedSession | undefined>;
  /** This page is in the room with this session. */
  keep(room: string, session: RememberedSession): Promise<void>;
  /** The session was left: it is not to be continued. */
  forget(room: string): void;
  /** The page may be frozen, or is about to go. What is remembered stays. */
  release(): void;
}

/**
 * How long a page that was loaded again waits for the one before it to be gone, in milliseconds. A busy browser takes
 * long over it; a duplicated tab joins later by as much.
 */
const takeoverMs = 2_000;

/**
 * The memory of a browser tab: `sessionStorage`, which survives a reload and a crash but is also copied when a tab is
 * duplicated. A Web Lock, named by a hash of the nonce, shows whether another page lives in the session. No memory
 * outside of browsers, and outside of secure contexts, which have no locks.
 */
export class TabMemory implements SessionMemory {
  #release: (() => void) | undefined;
  /** The name of the lock that is held. */
  #held = "";

  async recall(room: string): Promise<RememberedSession | undefined> {
    const session = read(room);
    if (session === undefined || !(await this.#lock(session.nonce))) return undefined;
    return session;
  }

  async keep(room: string, session: RememberedSession): Promise<void> {
    if (locksOfBrowser() === undefined) return;
    // At once: the page may be gone before it holds the lock.
    write(room, JSON.stringify({ peerId: session.peerId, nonce: encode(session.nonce) }));
    await this.#lock(session.nonce);
  }

  forget(room: string): void {
    this.release();
    write(room, undefined);
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
    this.#held = "";
  }

  /** Whether no other page holds the lock of a nonce; this one holds it from now on. */
  async #lock(nonce: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const locks = locksOfBrowser();
    if (locks === undefined) return false;
    const name = `parley ${encode(new Uint8Array(await crypto.subtle.digest("SHA-256", nonce)))}`;
    if (name === this.#held) return true;
    this.release();
    return new Promise((resolve) => {
      const held = () =>
        new Promise<void>((release) => {
          this.#release = release;
          this.#held = name;
          resolve(true);
        });
      // Once the lock is held, the signal has no effect.
      locks.request(name, { signal: AbortSignal.timeout(takeoverMs) }, held).catch(() => resolve(false));
    });
  }
}

/** Undefined outside of browsers, and outside of secure contexts. */
function locksOfBrowser(): LockManager | undefined {
  return globalThis.navigator?.locks;
}

function keyOf(room: string): string {
  return `parley ${room}`;
}

function read(room: string): RememberedSession | undefined {
  try {
    const { peerId, nonce } = JSON.parse(sessionStorage.getItem(keyOf(room)) ?? "{}");
    if (typeof peerId !== "string" || typeof nonce !== "string") return undefined;
    return { peerId, nonce: Uint8Array.from(atob(nonce), (character) => character.charCodeAt(0)) };
  } catch {
    // No storage, or something else in it: there is nothing to remember.
    return undefined;
  }
}

function write(room: string, value: string | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(keyOf(room));
    else sessionStorage.setItem(keyOf(room), value);
  } catch {
    // A page without storage comes back as a new peer.
  }
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
