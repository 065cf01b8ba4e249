/** The events of an emitter: for each name, what its listeners are called with. */
export type EventMap = Record<string, readonly unknown[]>;

/** A typed emitter whose listeners cannot break it. */
export class Emitter<Events extends EventMap> {
  #listeners: { [Type in keyof Events]?: Set<(...args: Events[Type]) => void> } = {};

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

  /** Whether anybody listens to this type. */
  protected heard(type: keyof Events): boolean {
    return (this.#listeners[type]?.size ?? 0) > 0;
  }

  protected emit<Type extends keyof Events>(type: Type, ...args: Events[Type]): void {
    for (const listener of [...(this.#listeners[type] ?? [])]) call(() => listener(...args));
  }

  protected removeListeners(): void {
    this.#listeners = {};
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
