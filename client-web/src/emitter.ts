import { abortable, type WaitOptions } from "./abortable.ts";
import { clientError, type SignalingError } from "./signaling-error.ts";

/** The events of an emitter: for each name, what its listeners are called with. */
export type EventMap = Record<string, readonly unknown[]>;

/** A typed emitter whose listeners cannot break it. */
export class Emitter<Events extends EventMap> {
  #listeners: { [Type in keyof Events]?: Set<(...args: Events[Type]) => void> } = {};
  readonly #waiting = new Set<(error: SignalingError) => void>();

  /**
   * Calls `listener` at each event of this type, until the returned function is called. What a listener
   * throws is reported as an uncaught error, and neither the emitter nor other listeners notice.
   */
  on<Type extends keyof Events>(type: Type, listener: (...args: Events[Type]) => void): () => void {
    const listeners = this.#listeners[type] ?? new Set();
    this.#listeners[type] = listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /**
   * Waits for the next event of this type, and resolves with what its listeners are called with. Rejects with a
   * `SignalingError`: `ABORTED` when `signal` is aborted, `CLOSED` when the emitter is closed first.
   */
  once<Type extends keyof Events>(type: Type, { signal }: WaitOptions = {}): Promise<Events[Type]> {
    return abortable(
      signal,
      new Promise<Events[Type]>((resolve, reject) => {
        const off = this.on(type, (...args) => {
          over();
          resolve(args);
        });
        const fail = (error: SignalingError) => {
          over();
          reject(error);
        };
        const over = () => {
          off();
          this.#waiting.delete(fail);
          signal?.removeEventListener("abort", over);
        };
        this.#waiting.add(fail);
        signal?.addEventListener("abort", over);
      }),
    );
  }

  /** Whether this type has a listener. */
  protected heard(type: keyof Events): boolean {
    return (this.#listeners[type]?.size ?? 0) > 0;
  }

  protected emit<Type extends keyof Events>(type: Type, ...args: Events[Type]): void {
    for (const listener of [...(this.#listeners[type] ?? [])]) call(() => listener(...args));
  }

  protected removeListeners(): void {
    this.#listeners = {};
    for (const fail of [...this.#waiting]) fail(clientError("CLOSED", "this is over"));
  }
}

/** Calls a listener as `EventTarget` would: what it throws is an uncaught error, and goes no further. */
export function call(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    // Node has no reportError.
    if (typeof reportError === "function") return reportError(error);
    queueMicrotask(() => {
      throw error;
    });
  }
}
