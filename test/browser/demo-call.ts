import type { Page } from "playwright-core";

/** The demo page in a call with one other peer, by the hooks that its README names. */
export class DemoCall {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** How many frames of the other's picture were decoded, as the page shows it. */
  async framesDecoded(): Promise<number> {
    return Number(await this.page.getByTestId("frames-decoded").getAttribute("data-frames-decoded"));
  }

  /** Waits until so many more frames are decoded. */
  async decodes(more: number): Promise<void> {
    const before = await this.framesDecoded();
    await this.page.waitForFunction((least) => {
      const shown = document.querySelector('[data-testid="frames-decoded"]');
      return Number(shown?.getAttribute("data-frames-decoded")) >= least;
    }, before + more);
  }

  /** Waits for the other's picture. */
  async sees(): Promise<void> {
    await this.page.getByTestId("peer-tile").waitFor();
    await this.decodes(1);
  }

  async signaling(state: string): Promise<void> {
    await this.page.locator(`[data-testid="signaling-state"][data-state="${state}"]`).waitFor();
  }

  /** How often the session was resumed. */
  async resumes(): Promise<number> {
    return Number(await this.page.getByTestId("signaling-state").getAttribute("data-resumes"));
  }

  /** The node that its stream is on. */
  async node(): Promise<string> {
    return (await this.page.getByTestId("server-node").getAttribute("data-node")) ?? "";
  }

  iceState(): Promise<string | null> {
    return this.page.getByTestId("peer-tile").getAttribute("data-ice-state");
  }
}
