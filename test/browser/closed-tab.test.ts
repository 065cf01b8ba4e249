import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import type { PeerPage } from "./peer-page.ts";

const heartbeatMs = 1_000;
const resumeWindowMs = 2_500;
const flags = ["--heartbeat", `${heartbeatMs / 1000}`, "--resume-window", `${resumeWindowMs / 1000}`];

/** By the service, or by the connection itself: whichever is faster. */
const hungUp = ["peer-left", "hung-up"];

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** The ways in which a page goes, and has time for a last word. */
const goodbyes: readonly { readonly how: string; go(peer: PeerPage): Promise<unknown> }[] = [
  { how: "is closed", go: ({ page }) => page.close({ runBeforeUnload: true }) },
  { how: "goes to another page", go: ({ page }) => page.goto("about:blank") },
  { how: "is loaded again", go: ({ page }) => page.reload() },
];

describe("the others are notified within two heartbeats", () => {
  test.each(goodbyes)("that a tab $how in the middle of a call", async ({ go }) => {
    await using stage = await BrowserStage.start(browser, ...flags);
    const [ada, grace] = await stage.pairIn("standup");
    await ada.linkToEverybody();
    await grace.linkToEverybody();
    await Promise.all([ada.talks(), grace.talks()]);

    const goneAt = Date.now();
    await go(grace);
    const { cause, at } = await ada.departure(grace);
    expect(cause).toBe("left");
    expect(at - goneAt).toBeLessThan(2 * heartbeatMs);
    expect(hungUp).toContain(await ada.linkClosed(grace));
  });
});

test("a tab that crashes is missed once its resume window is over, and the others are notified", async () => {
  await using stage = await BrowserStage.start(browser, ...flags);
  const [ada, grace] = await stage.pairIn("standup");

  const crashed = grace.page.waitForEvent("crash");
  const goneAt = Date.now();
  // The page never answers this.
  grace.page.goto("chrome://crash").catch(() => {});
  await crashed;
  const { cause, at } = await ada.departure(grace);
  expect(cause).toBe("expired");
  expect(at - goneAt).toBeGreaterThanOrEqual(resumeWindowMs);
  expect(at - goneAt).toBeLessThan(resumeWindowMs + 2 * heartbeatMs);
});
