/** How many HTTP/1.1 connections browsers open to one host, over all tabs. */
const browserConnections = 6;
const prefix = "parley stream ";

/**
 * Counts the streams to one service over HTTP/1.1 in all tabs of this browser, by a Web Lock for each: every stream
 * takes one of the few connections that the browser opens, and when they are used up, requests wait without an error.
 */
export class CrowdedBrowser {
  readonly #service: string;

  /** @param url of the service */
  constructor(url: string) {
    this.#service = url;
  }

  /** A stream is open until the returned function is called. */
  enter(): () => void {
    let leave = () => {};
    const open = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // If it cannot be counted, it is not.
    locksOf(this.#service)
      ?.request(`${prefix}${this.#service} ${crypto.randomUUID()}`, () => open)
      .catch(() => {});
    return leave;
  }

  /** Whether streams can be counted here. */
  get counts(): boolean {
    return locksOf(this.#service) !== undefined;
  }

  /** Whether the streams of all tabs leave no connection for anything else. */
  async isFull(): Promise<boolean> {
    const { held = [] } = (await locksOf(this.#service)?.query()) ?? {};
    const streams = held.filter(({ name }) => name?.startsWith(`${prefix}${this.#service} `) === true);
    return streams.length >= browserConnections;
  }
}

/** Only browsers have the limit, only over `http:`, where they do not speak HTTP/2, and not all pages have locks. */
function locksOf(service: string): LockManager | undefined {
  if (typeof document === "undefined" || !service.startsWith("http:")) return undefined;
  return globalThis.navigator.locks;
}
