import type { Clock } from "../../time/clock.ts";

/** A channel is taken for broken when a probe does not come back within this, in milliseconds. */
const brokenMs = 3000;

/** Probes of a node's own channel: when one is back, everything has come that was published before it. */
export class ChannelProbe {
  readonly #publish: (number: number) => Promise<void>;
  readonly #clock: Clock;
  readonly #waiting = new Set<{ readonly number: number; readonly resolve: () => void }>();
  #sent = 0;
  #back = 0;
  #backAt = 0;
  /** Whether something may have been missed. */
  #suspicious = false;

  constructor(publish: (number: number) => Promise<void>, clock: Clock) {
    this.#publish = publish;
    this.#clock = clock;
  }

  /** Whether the last probe is back. */
  get isBack(): boolean {
    return this.#back === this.#sent;
  }

  /** How long nothing has come although it should have, in milliseconds; 0 while the channel works. */
  get silentMs(): number {
    const silentMs = this.#clock.now() - this.#backAt;
    return silentMs < brokenMs ? 0 : silentMs;
  }

  /** The channel begins to work now. */
  begin(): void {
    this.#backAt = this.#clock.now();
  }

  async send(): Promise<void> {
    this.#sent++;
    await this.#publish(this.#sent);
  }

  /** A probe has come. Returns true if something may have been missed before it. */
  came(number: number): boolean {
    this.#back = number;
    this.#backAt = this.#clock.now();
    const mayHaveMissed = this.#suspicious;
    this.#suspicious = false;
    this.#release();
    return mayHaveMissed;
  }

  /** The connection was lost, or is silent: what was published meanwhile is gone. */
  suspect(): void {
    this.#suspicious = true;
    this.#release();
  }

  /** Resolves when everything has come that was published so far, or will not come any more. */
  async flushed(): Promise<void> {
    if (this.#suspicious) return;
    const number = this.#sent + 1;
    await this.send();
    if (this.#suspicious || this.#back >= number) return;
    await new Promise<void>((resolve) => this.#waiting.add({ number, resolve }));
  }

  #release(): void {
    for (const each of this.#waiting) {
      if (each.number > this.#back && !this.#suspicious) continue;
      this.#waiting.delete(each);
      each.resolve();
    }
  }
}
