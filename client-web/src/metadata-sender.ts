import { create } from "@bufbuild/protobuf";
import { type SignalRequest, SignalRequestSchema } from "@parley/contract";
import type { Clock } from "./clock.ts";
import { SignalingError } from "./signaling-error.ts";

/** What peers publish about themselves. */
export type Metadata = Readonly<Record<string, string>>;

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
        await this.#host.send(updateRequest(metadata));
        return this.#host.published(metadata);
      } catch (error) {
        if (!(error instanceof SignalingError) || error.retryAfterMs === undefined) throw error;
        const { retryAfterMs } = error;
        await new Promise<void>((resolve) => this.#host.clock.after(retryAfterMs, resolve));
      }
    }
  }
}

function updateRequest(metadata: Metadata): SignalRequest {
  return create(SignalRequestSchema, { body: { case: "update", value: { metadata: { ...metadata } } } });
}
