import type { EntryForm } from "../views/entry-view.ts";

/** What this page needs of `sessionStorage`. */
export type TabStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const key = "parley-joined-by-click";

/**
 * Whether the visitor has agreed, by a click, to send camera and microphone into a room. A browser remembers for long
 * that a page may use them, so a link alone must not open them: only a click on "Join" does, or a reload of the tab in
 * which that click was made.
 */
export class ClickMemory {
  readonly #storage: TabStorage;
  readonly #isReload: boolean;

  /**
   * @param storage of this tab alone, which a reload keeps
   * @param navigation how the page was opened: a `NavigationTimingType`
   */
  constructor(storage: TabStorage, navigation: string) {
    this.#storage = storage;
    this.#isReload = navigation === "reload";
  }

  clicked(form: EntryForm): void {
    this.#attempt(() => this.#storage.setItem(key, JSON.stringify(form)));
  }

  left(): void {
    this.#attempt(() => this.#storage.removeItem(key));
  }

  /** Whether a page that joins by itself may open devices. */
  covers(room: string): boolean {
    return this.#isReload && this.#form?.room === room;
  }

  /** What was filled in before the page was loaded again; `form` if this is another room, or no reload. */
  recall(form: EntryForm): EntryForm {
    return (this.covers(form.room) && this.#form) || form;
  }

  get #form(): EntryForm | undefined {
    return this.#attempt(() => JSON.parse(this.#storage.getItem(key) ?? "") as EntryForm);
  }

  /** Browsers that keep nothing for this site throw. */
  #attempt<Result>(access: () => Result): Result | undefined {
    try {
      return access();
    } catch {
      return undefined;
    }
  }
}

/** The memory of this tab. */
export function clickMemory(): ClickMemory {
  const [navigation] = performance.getEntriesByType("navigation");
  const type = navigation instanceof PerformanceNavigationTiming ? navigation.type : "navigate";
  const storage: TabStorage = {
    getItem: (name) => sessionStorage.getItem(name),
    setItem: (name, value) => sessionStorage.setItem(name, value),
    removeItem: (name) => sessionStorage.removeItem(name),
  };
  return new ClickMemory(storage, type);
}
