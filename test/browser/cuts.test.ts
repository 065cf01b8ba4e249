import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";

const points = Array.from({ length: 20 }, (_, index) => index + 1);
/** Links of one call, all begun at once, so that none of the twenty signals is the end of its negotiation. */
const links = ["one", "two", "three", "four", "five", "six"];

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each(["caller", "callee"] as const)("the connection of the %s to the service is torn", (side) => {
  test.each(points)("after signal %i, and the call still connects", async (point) => {
    await using stage = await BrowserStage.start(browser);
    const [caller, callee] = await stage.pairIn("standup");
    const torn = side === "caller" ? caller : callee;
    let connections = 0;
    stage.site.onPost("/cut", () => {
      connections = torn.proxy.cut();
    });
    await torn.page.evaluate((point) => window.peer.cutAfter.arm(point, "/cut"), point);
    await callee.takeLinks();
    await caller.linkAll(callee, links);

    await Promise.all([caller.talks(links.length), callee.talks(links.length)]);
    await Promise.all([caller.acknowledged(), callee.acknowledged()]);
    const cut = await torn.cutMade();
    expect(connections, "connections that were open when they were torn").toBeGreaterThanOrEqual(1);
    expect(cut?.connected, "links that were up at the cut").toBeLessThan(links.length);

    const [said, heard] = await Promise.all([caller.seen(), callee.seen()]);
    const seen = side === "caller" ? said : heard;
    expect(seen.states.slice(0, 2), "states of the session").toEqual(["reconnecting", "open"]);
    for (const { resets, departures, errors } of [said, heard]) {
      expect({ resets, departures, errors }).toEqual({ resets: 0, departures: [], errors: [] });
    }
    // Exactly once, and in order.
    expect(heard.in.map(({ what }) => what)).toEqual(said.out.map(({ what }) => what));
    expect(said.in.map(({ what }) => what)).toEqual(heard.out.map(({ what }) => what));
  });
});
