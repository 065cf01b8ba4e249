/** The requests of a stream, as the async iterable that connect takes. */
export class RequestQueue<Request> implements AsyncIterable<Request> {
  readonly #waiting: Request[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(request: Request): void {
    this.#waiting.push(request);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Request> {
    for (;;) {
      const request = this.#waiting.shift();
      if (request !== undefined) yield request;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
