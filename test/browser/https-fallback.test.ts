import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { HoldingProxy, type Holds } from "./holding-proxy.ts";
import type { PeerPage } from "./peer-page.ts";

vi.setConfig({ testTimeout: testTimeoutMs, hookTimeout: testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium(["--ignore-certificate-errors"]);
});
afterAll(() => browser.close());

/** Moves the clock of a page on until something holds, so that what waits there does not wait here. */
async function passTime(peer: PeerPage, holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await peer.page.clock.fastForward(1000);
}

async function scene(stage: BrowserStage, holds: Holds) {
  const ada = await stage.peer("ada");
  const grace = await stage.peer("grace");
  await ada.page.clock.install();
  return { ada, grace, proxy: await HoldingProxy.start(stage.port, holds) };
}

test("over https: a page whose stream is buffered takes a WebSocket, and calls", async () => {
  await using stage = await BrowserStage.start(browser);
  const { ada, grace, proxy } = await scene(stage, "responses");
  await using _proxy = proxy;
  await grace.join("standup");
  let isJoined = false;
  const joined = ada.join("standup", { url: proxy.url }).finally(() => {
    isJoined = true;
  });
  await expect.poll(() => proxy.held, { timeout: testTimeoutMs }).toBeGreaterThan(0);
  await passTime(ada, () => isJoined);
  await joined;
  expect(await ada.via()).toBe("websocket");
  await ada.meets(grace);
  await grace.takeLinks();
  await ada.link(grace);
  await Promise.all([ada.talks(), grace.talks()]);
});

test("over https: a page whose sends starve takes a WebSocket, and loses nothing", async () => {
  await using stage = await BrowserStage.start(browser);
  const { ada, grace, proxy } = await scene(stage, "sends");
  await using _proxy = proxy;
  await grace.join("standup");
  await grace.takeLinks();
  await ada.join("standup", { url: proxy.url });
  expect(await ada.via()).toBe("stream");
  await ada.meets(grace);
  await ada.link(grace);
  await passTime(ada, async () => (await ada.via()) === "websocket" && (await ada.state()) === "open");
  await Promise.all([ada.talks(), grace.talks()]);
  expect(proxy.held).toBeGreaterThan(1);
  await Promise.all([ada.acknowledged(), grace.acknowledged()]);
  const [called, answered] = await Promise.all([ada.seen(), grace.seen()]);
  expect([called.resets, called.departures, answered.departures]).toEqual([0, [], []]);
  // Exactly once, and in order.
  expect(answered.in.map(({ what }) => what)).toEqual(called.out.map(({ what }) => what));
  expect(called.in.map(({ what }) => what)).toEqual(answered.out.map(({ what }) => what));
});

test("over https: a page that nothing is held back from keeps its stream", async () => {
  await using stage = await BrowserStage.start(browser);
  const { ada, grace, proxy } = await scene(stage, "nothing");
  await using _proxy = proxy;
  await grace.join("standup");
  await ada.join("standup", { url: proxy.url });
  await ada.meets(grace);
  expect(await ada.via()).toBe("stream");
  expect(proxy.held).toBe(0);
});
