import type { SignalRequest } from "@parley/contract/plain";
import type { Clock } from "../clock.ts";
import { SignalingError } from "../signaling-error.ts";
import { request } from "./signals.ts";

/** What peers publish about themselves. */
export type Metadata = Readonly<Record<string, string>>;

/** A copy of metadata in which every value is a text, also if the caller has no types. */
export function textOf(metadata: Metadata = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
}

/** What a metadata sender needs of its session. */
export interface MetadataSenderHost {
  readonly clock: Clock;
  send(request: SignalRequest): Promise<void>;
  /** The others know this metadata now. */
  published(metadata: Metadata): void;
}

/** Publishes the metadata of this peer: only the newest, and no faster than the service takes it. */
export class MetadataSender {
  readonly #host: MetadataSenderHost;
  #next: { metadata: Metadata; done: Promise<void> } | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(host: MetadataSenderHost) {
    this.#host = host;
  }

  /** Resolves once the others know this metadata, or newer. */
  set(metadata: Metadata): Promise<void> {
    if (this.#next !== undefined) {
      this.#next.metadata = metadata;
      return this.#next.done;
    }
    const next = { metadata, done: Promise.resolve() };
    this.#next = next;
    const publish = () => this.#publish(next);
    next.done = this.#sending.then(publish, publish);
    this.#sending = next.done;
    return next.done;
  }

  async #publish(next: { metadata: Metadata }): Promise<void> {
    this.#next = undefined;
    for (;;) {
      const { metadata } = next;
      try {
        await this.#host.send(request({ case: "update", value: { metadata: textOf(metadata) } }));
        return this.#host.published(metadata);
      } catch (error) {
        if (!(error instanceof SignalingError) || error.retryAfterMs === undefined) throw error;
        const { retryAfterMs } = error;
        await new Promise<void>((resolve) => this.#host.clock.after(retryAfterMs, resolve));
      }
    }
  }
}
