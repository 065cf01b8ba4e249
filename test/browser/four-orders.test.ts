import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { type Browsers, launchBoth, orders, pairInOrder } from "./orders.ts";

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

describe.each(orders)("%s, joined by %s", (...order) => {
  test("see each other, and go on after either side restarted ICE", async () => {
    await using stage = await BrowserStage.start(chromium);
    const [ada, grace] = await pairInOrder(stage, browsers, order);
    await Promise.all([ada.openCamera(), grace.openCamera()]);
    await Promise.all([ada.linkToEverybody(), grace.linkToEverybody()]);
    await Promise.all([ada.sees(grace), grace.sees(ada)]);

    const sides = [
      [ada, grace],
      [grace, ada],
    ] as const;
    for (const [restarts, follows] of sides) {
      const before = await restarts.fragments(follows);
      await restarts.restartIce(follows);
      await restarts.renewed(follows, before);
      await Promise.all([ada.sees(grace, 30), grace.sees(ada, 30)]);
    }
    for (const [peer, to] of sides) expect(await peer.keptConnection(to)).toBe(true);
    for (const { errors } of [await ada.seen(), await grace.seen()]) expect(errors).toEqual([]);
  });

  test("a call of data alone does not wait for the other side, whichever begins it", async () => {
    await using stage = await BrowserStage.start(chromium);
    const took: Record<string, number[]> = { ada: [], grace: [] };
    for (let round = 0; round < 4; round++) {
      const [ada, grace] = await pairInOrder(stage, browsers, order, `data-${round}`);
      const [begins, waits] = round % 2 === 0 ? [ada, grace] : [grace, ada];
      await waits.takeLinks();
      await begins.link(waits);
      took[begins.name]?.push(await begins.openAfter(waits));
      await Promise.all([ada.leave(), grace.leave()]);
    }
    // A polite side that waits to be called takes a second more. What it takes on a quiet machine is in docs/browsers.md.
    for (const [name, times] of Object.entries(took)) expect(Math.min(...times), name).toBeLessThan(900);
  });

  test("go on when the service is started again and knows nothing of them", async () => {
    await using stage = await BrowserStage.start(chromium);
    const [ada, grace] = await pairInOrder(stage, browsers, order);
    await Promise.all([ada.openCamera(), grace.openCamera()]);
    await Promise.all([ada.linkToEverybody(), grace.linkToEverybody()]);
    await Promise.all([ada.sees(grace), grace.sees(ada)]);
    await Promise.all([ada.watch(grace), grace.watch(ada)]);

    await stage.restart();
    await Promise.all([ada.signaling(grace, "away"), grace.signaling(ada, "away")]);
    await Promise.all([ada.signaling(grace, "open"), grace.signaling(ada, "open")]);
    await Promise.all([ada.sees(grace), grace.sees(ada)]);
    for (const [peer, to] of [
      [ada, grace],
      [grace, ada],
    ] as const) {
      expect(await peer.keptConnection(to)).toBe(true);
      expect(await peer.longestGap(to), "milliseconds without a frame").toBeLessThan(1_500);
      expect((await peer.seen()).departures).toEqual([]);
    }
    // What the service is needed for works again.
    const before = await ada.fragments(grace);
    await ada.restartIce(grace);
    await ada.renewed(grace, before);
  });

  test("hanging up works without signaling, on either side", async () => {
    await using stage = await BrowserStage.start(chromium);
    const [ada, grace] = await pairInOrder(stage, browsers, order);
    await ada.linkAll(grace, ["one", "two"]);
    await grace.takeLinks();
    await Promise.all([ada.talks(2), grace.talks(2)]);
    for (const { proxy } of [ada, grace]) proxy.down();
    await ada.hangUp(grace, "one");
    await grace.hangUp(ada, "two");
    expect(await grace.ended(ada, "one")).toBe("hung-up");
    expect(await ada.ended(grace, "two")).toBe("hung-up");
    for (const { proxy } of [ada, grace]) proxy.up();
    await Promise.all([ada.acknowledged(), grace.acknowledged()]);
  });

  test("a link whose description fails is rebuilt on both sides, once, and goes on", async () => {
    await using stage = await BrowserStage.start(chromium);
    const [ada, grace] = await pairInOrder(stage, browsers, order);
    await Promise.all([ada.openCamera(), grace.openCamera()]);
    await Promise.all([ada.linkToEverybody(), grace.linkToEverybody()]);
    await Promise.all([ada.talks(), grace.talks()]);

    const rebuilt = Promise.all([ada.rebuilt(grace), grace.rebuilt(ada)]);
    await ada.fails(grace);
    await rebuilt;
    await Promise.all([ada.sees(grace, 20), grace.sees(ada, 20)]);
    await ada.tell(grace, "over the new channel");
    expect(await Promise.all([ada.rebuilds(grace), grace.rebuilds(ada)])).toEqual([1, 1]);
  });
});
