/** Hands one message to the broker; calls back when the broker has it, or never will. */
export type Publish = (topic: string, payload: Buffer, done: () => void) => void;

interface Waiting {
  readonly topic: string;
  readonly payload: Buffer;
  readonly done: () => void;
}

/** What waits for the broker, in order: a client of MQTT may only have so many messages without an answer. */
export class Outbox {
  readonly #publish: Publish;
  readonly #window: number;
  readonly #mostAnswers: number;
  #answers = 0;
  readonly #queue: Waiting[] = [];
  #unanswered = 0;
  #sent = 0;
  #closed = false;

  /**
   * @param window how many messages may be without an answer of the broker
   * @param mostAnswers how many answers of the bridge itself may wait for that
   */
  constructor(publish: Publish, window: number, mostAnswers: number) {
    this.#publish = publish;
    this.#window = window;
    this.#mostAnswers = mostAnswers;
  }

  /**
   * Sends what nobody but this bridge has written. Any client of the broker can cause it, also on topics of devices that are
   * not served, so one that finds too many waiting is not sent: the next message gets another.
   *
   * @param done as of `send`; called at once if the answer is not sent
   */
  answer(topic: string, payload: Buffer, done: () => void): void {
    if (this.#answers >= this.#mostAnswers) return done();
    this.#answers++;
    this.send(topic, payload, () => {
      this.#answers--;
      done();
    });
  }

  /** How many messages the broker has taken. */
  get sent(): number {
    return this.#sent;
  }

  /** How many it has not taken yet. */
  get waiting(): number {
    return this.#queue.length + this.#unanswered;
  }

  /** @param done called when the broker has the message; not after `close`. */
  send(topic: string, payload: Buffer, done: () => void): void {
    if (this.#closed) return;
    if (this.#unanswered >= this.#window) return void this.#queue.push({ topic, payload, done });
    this.#unanswered++;
    this.#publish(topic, payload, () => {
      if (this.#closed) return;
      this.#unanswered--;
      this.#sent++;
      done();
      const next = this.#queue.shift();
      if (next !== undefined) this.send(next.topic, next.payload, next.done);
    });
  }

  /** The broker is gone, and what waits for it with it. */
  close(): void {
    this.#closed = true;
    this.#unanswered = 0;
    this.#queue.length = 0;
  }
}
