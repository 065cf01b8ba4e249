import { fromBinary } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { Reason, SignalResponseSchema } from "@parley/contract";
import { parleyError } from "../../server/src/errors/parley-error.ts";
import type { ModelCall } from "./model-call.ts";

/** What a device publishes to. */
export interface DeviceTopics {
  up(payload: Uint8Array): void;
  /** Publishes its Will, as the broker does when it has lost the device. */
  gone(): void;
}

/**
 * One stream of a device. A newer one of the same device has the same topics, and ends this one: the broker passes on
 * what a device publishes in order, so that nothing of an older stream comes later than the first message of a newer one.
 */
export class DeviceCall implements ModelCall {
  ended = false;
  error: ConnectError | undefined;
  readonly down: Uint8Array[] = [];
  readonly #topics: DeviceTopics;
  #isNewest = true;

  constructor(topics: DeviceTopics) {
    this.#topics = topics;
  }

  /** What a device does not read waits in the broker, and the service does not notice. */
  blocked = false;

  unblock(): void {
    this.blocked = false;
  }

  arrive(bytes: Uint8Array): void {
    if (this.#isNewest) this.#topics.up(bytes);
  }

  cut(): void {
    this.down.length = 0;
    this.ended = true;
    if (this.#isNewest) this.#topics.gone();
    this.#isNewest = false;
  }

  /** The device opens another stream. */
  supersede(): void {
    this.#isNewest = false;
  }

  /** The broker delivers a message. */
  received(payload: Uint8Array): void {
    if (this.ended) return;
    const { body } = fromBinary(SignalResponseSchema, payload);
    if (body.case !== "closed") return void this.down.push(payload);
    this.ended = true;
    const { code, reason, message } = body.value;
    // Without a reason, the connection of the bridge to the service broke.
    if (code !== 0 && reason !== Reason.UNSPECIFIED) this.error = parleyError(reason, message);
  }
}
