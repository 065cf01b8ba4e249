import type { Socket } from "node:net";
import { PacedQueue } from "../net/paced-queue.ts";

/** How many messages of one stream are taken at a time. Honest clients rarely send as many at once. */
const messagesAtATime = 32;
/** How many bytes Node reads at a time. If it got as many, more are waiting, and it would go on with them at once. */
const wholeChunk = 65_536;
/** How many streams that have sent more go on in one turn of the event loop, of all streams of a door. */
const streamsPerTurn = 6;

/** Where the streams of a door wait that have sent more than is taken at a time. */
export function createBacklog(): PacedQueue {
  return new PacedQueue(streamsPerTurn);
}

/** What is used of a socket. */
export type ReadSocket = Pick<Socket, "pause" | "resume" | "unshift">;

/**
 * When a socket is read that carries one stream: a few messages or one chunk at a time, and not while the session
 * needs a pause. Behind a flood, however many connections it comes from, other streams have their turns.
 */
export class ReadingTurns {
  readonly #socket: ReadSocket;
  readonly #backlog: Pick<PacedQueue, "later">;
  #messagesLeft = 0;
  #isPaused = false;
  #isWaiting = false;

  constructor(socket: ReadSocket, backlog: Pick<PacedQueue, "later">) {
    this.#socket = socket;
    this.#backlog = backlog;
  }

  /** Whether nothing is read for now. */
  get isPaused(): boolean {
    return this.#isPaused || this.#isWaiting;
  }

  /** Whether another message may be taken. */
  get takesMessages(): boolean {
    return this.#messagesLeft > 0 && !this.#isPaused;
  }

  /** Bytes have come. */
  begin(): void {
    this.#messagesLeft = messagesAtATime;
  }

  /** A message is taken. */
  count(): void {
    this.#messagesLeft--;
  }

  /**
   * A chunk of so many bytes has been read. What is left of it is put back: it comes again when the session goes on, or
   * the stream has its turn.
   */
  end(bytes: number, left: Uint8Array | undefined): void {
    if (left === undefined && bytes < wholeChunk) return;
    // What is put back while a socket flows comes again at once.
    this.#socket.pause();
    if (left !== undefined) this.#socket.unshift(left);
    if (this.#isPaused || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#backlog.later(() => {
      this.#isWaiting = false;
      if (!this.#isPaused) this.#socket.resume();
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isWaiting) this.#socket.resume();
  }
}
