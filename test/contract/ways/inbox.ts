import type { SignalResponse } from "@parley/contract";
import type { Status } from "./status.ts";

/** What has come by a stream, for one listener; and whether its client reads on. */
export class Inbox {
  readonly #waiting: SignalResponse[] = [];
  #status: Status | undefined;
  #wake: (() => void) | undefined;
  #held: PromiseWithResolvers<void> | undefined;

  push(response: SignalResponse): void {
    if (this.#status !== undefined) return;
    this.#waiting.push(response);
    this.#wake?.();
  }

  /** Notes how the stream ended. No effect the second time. */
  end(status: Status): void {
    this.#status ??= status;
    this.#wake?.();
  }

  /** The next response, or how the stream ended. */
  async next(): Promise<SignalResponse | Status> {
    for (;;) {
      const next = this.#waiting.shift() ?? this.#status;
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The client reads no more, until `release`. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Waits while the inbox is held. */
  async flowing(): Promise<void> {
    await this.#held?.promise;
  }
}
