/** What a session wants to know of the page it lives in. */
export interface PageListener {
  /** The network may be back, or the page is seen again. */
  wake(): void;
  /** The browser says that the network is gone. */
  offline(): void;
  /** The page goes away; `frozen` where it may come back from the back/forward cache. */
  hide(frozen: boolean): void;
  /** The page came back from the back/forward cache. */
  show(): void;
}

/** Notifies a listener of what happens to the page, until the returned function is called. */
export type PageLifecycle = (listener: PageListener) => () => void;

/** The page this runs in; silent without one, as in Node and in workers. */
export const browserPage: PageLifecycle = (listener) => {
  if (typeof window === "undefined" || typeof document === "undefined") return () => {};
  const over = new AbortController();
  const { signal } = over;
  window.addEventListener("online", () => listener.wake(), { signal });
  window.addEventListener("offline", () => listener.offline(), { signal });
  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.visibilityState === "visible") listener.wake();
    },
    { signal },
  );
  window.addEventListener("pagehide", ({ persisted }) => listener.hide(persisted), { signal });
  window.addEventListener(
    "pageshow",
    ({ persisted }) => {
      if (persisted) listener.show();
    },
    { signal },
  );
  return () => over.abort();
};
