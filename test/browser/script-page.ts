/** What tests do with a page, whatever drives its browser. A page of Playwright is one as it is. */
export interface ScriptPage {
  goto(url: string): Promise<unknown>;
  evaluate<R>(script: () => R | Promise<R>): Promise<R>;
  evaluate<A, R>(script: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  /** Waits until the script returns something truthy, and resolves with a handle to it. */
  waitForFunction<R>(script: () => R): Promise<{ jsonValue(): Promise<unknown> }>;
  waitForFunction<A, R>(
    script: (argument: A) => R,
    argument: A,
    options?: { readonly timeout?: number },
  ): Promise<{ jsonValue(): Promise<unknown> }>;
}

/** A page, and how it is closed with all that belongs to it. */
export interface OpenPage<P extends ScriptPage = ScriptPage> {
  readonly page: P;
  /** Opens another blank page in the same profile. */
  another(): Promise<P>;
  close(): Promise<void>;
}

/** A browser that opens each page in a profile of its own. */
export interface PageBrowser<P extends ScriptPage = ScriptPage> {
  readonly name: string;
  /** Whether idle connections outlive their page. */
  readonly keepsConnections: boolean;
  /** @param onError receives what the page did not catch */
  open(onError: (error: string) => void): Promise<OpenPage<P>>;
  close(): Promise<void>;
}

/** How long a page is waited for, in milliseconds: below the deadline of a test, so that the error names the wait. */
export const pageDeadlineMs = 15_000;
