import { Reason } from "@parley/contract";
import type { Failure } from "../switchboard/failure.ts";

/** What a message costs that is kept, beside its own bytes: empty ones are not free. */
const overheadBytes = 128;

/** Messages that came before the session can take them: while its client, or a newer access token, is checked. */
export class EarlyMessages {
  readonly #messages: Uint8Array[] = [];
  #bytes = 0;

  /** Keeps a copy. Returns why not if all of them together would exceed `mostBytes`. */
  keep(message: Uint8Array, mostBytes: number): Failure | undefined {
    this.#bytes += message.byteLength + overheadBytes;
    if (this.#bytes > mostBytes) {
      const message = `more than ${mostBytes} bytes came while the client was being admitted`;
      return { reason: Reason.MESSAGE_TOO_LARGE, message };
    }
    this.#messages.push(new Uint8Array(message));
    return undefined;
  }

  /** In the order in which they came. */
  get messages(): readonly Uint8Array[] {
    return this.#messages;
  }
}
