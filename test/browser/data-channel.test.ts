import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";

/** By the service, or by the connection itself: whichever is faster. */
const hungUp = ["peer-left", "hung-up"];

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test("two pages talk by a data channel that one of them opened", async () => {
  await using stage = await BrowserStage.start(browser);
  const [ada, grace] = await stage.pairIn("standup");
  await grace.takeLinks();
  await ada.link(grace);
  await Promise.all([ada.talks(), grace.talks()]);

  await ada.tell(grace, "from ada");
  await grace.tell(ada, "from grace");
  for (const { errors } of [await ada.seen(), await grace.seen()]) expect(errors).toEqual([]);
});

test("a third peer is connected with both, and when one leaves, the others are notified and go on", async () => {
  await using stage = await BrowserStage.start(browser);
  const [ada, grace] = await stage.pairIn("standup");
  await ada.linkToEverybody();
  await grace.linkToEverybody();
  await Promise.all([ada.talks(), grace.talks()]);

  const edith = await stage.peer("edith");
  await edith.join("standup");
  await edith.linkToEverybody();
  await Promise.all([ada, grace, edith].map((peer) => peer.talks(2)));

  await grace.leave();
  const told = await Promise.all([ada.departure(grace), edith.departure(grace)]);
  expect(told.map(({ cause }) => cause)).toEqual(["left", "left"]);
  for (const peer of [ada, edith]) expect(hungUp, peer.name).toContain(await peer.linkClosed(grace));
  await ada.tell(edith, "still here");
  await edith.tell(ada, "so am I");
  for (const { errors } of [await ada.seen(), await edith.seen()]) {
    // A candidate that was gathered late, for the one who has left, is rejected, and its sender is notified.
    expect(errors.filter((reason) => reason !== "RECIPIENT_UNKNOWN")).toEqual([]);
  }
});
