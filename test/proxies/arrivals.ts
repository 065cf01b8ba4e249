import type { SignalResponse } from "@parley/contract";

/** How a stream ended: the status code by name, and the reason of the contract. */
export interface Ending {
  readonly code: string;
  readonly reason?: string;
}

/** What has come by a stream and was not asked for yet, and its end. */
export class Arrivals {
  readonly #waiting: SignalResponse[] = [];
  readonly #ending = Promise.withResolvers<Ending>();
  #wake: (() => void) | undefined;
  #over: Ending | undefined;

  get ended(): Promise<Ending> {
    return this.#ending.promise;
  }

  push(response: SignalResponse): void {
    this.#waiting.push(response);
    this.#wake?.();
  }

  end(ending: Ending): void {
    this.#over ??= ending;
    this.#ending.resolve(this.#over);
    this.#wake?.();
  }

  /** The next response. Rejects where the stream ended instead. One asks at a time. */
  async next(): Promise<SignalResponse> {
    for (;;) {
      const response = this.#waiting.shift();
      if (response !== undefined) return response;
      if (this.#over !== undefined)
        throw new Error(`the stream ended: ${this.#over.code} ${this.#over.reason ?? ""}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
