import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { type Browsers, launchBoth } from "./orders.ts";
import type { ScriptPage } from "./script-page.ts";

vi.setConfig({ testTimeout: testTimeoutMs, hookTimeout: testTimeoutMs });

let chromium: Browser;
let browsers: Browsers;
beforeAll(async () => {
  chromium = await launchChromium();
  browsers = await launchBoth(chromium);
});
afterAll(async () => {
  await browsers.firefox.close();
  await chromium.close();
});

/** More than a browser opens connections to one origin over HTTP/1.1. */
const tabCount = 8;

test.each(["chromium", "firefox"] as const)(
  "eight tabs of %s over plain HTTP are all in the room, over WebSockets",
  async (name) => {
    await using stage = await BrowserStage.start(chromium);
    const names = Array.from({ length: tabCount }, (_, tab) => `tab-${tab}`);
    const tabs = await stage.tabs<ScriptPage>(browsers[name], names);
    for (const tab of tabs) await tab.join("standup");
    for (const tab of tabs) {
      await tab.meets(...tabs.filter((other) => other !== tab));
      expect(await tab.via()).toBe("websocket");
    }
  },
);

test.each(["websocket", "stream", "poll"] as const)("two pages talk that are joined via %s", async (via) => {
  await using stage = await BrowserStage.start(chromium);
  const ada = await stage.peer("ada");
  const grace = await stage.peerIn(browsers.firefox, "grace");
  await ada.join("standup", { via });
  await grace.join("standup", { via });
  await ada.meets(grace);
  await grace.takeLinks();
  await ada.link(grace);
  await Promise.all([ada.talks(), grace.talks()]);
  expect([await ada.via(), await grace.via()]).toEqual([via, via]);
});
