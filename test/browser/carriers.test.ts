import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { type Browsers, launchBoth } from "./orders.ts";

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

test("eight tabs over plain HTTP are all in the room, over WebSockets", async () => {
  await using stage = await BrowserStage.start(chromium);
  const first = await stage.peer("tab-1");
  await first.join("standup");
  const tabs = [first];
  for (let tab = 2; tab <= tabCount; tab++) {
    const next = await stage.peerBeside(first, "{}", `tab-${tab}`);
    await next.join("standup");
    tabs.push(next);
  }
  for (const tab of tabs) {
    await tab.meets(...tabs.filter((other) => other !== tab));
    expect(await tab.via()).toBe("websocket");
  }
});

test.each(["chromium", "firefox"] as const)("%s opens eight sockets to one origin", async (name) => {
  await using stage = await BrowserStage.start(chromium);
  const page = await stage.peerIn(browsers[name], "page");
  const welcomes = await page.page.evaluate(
    ({ url, count }) =>
      Promise.all(
        Array.from({ length: count }, (_, tab) => {
          const socket = new WebSocket(`${url.replace("http", "ws")}/v1/signal`, "parley.v1.json");
          socket.onopen = () =>
            socket.send(JSON.stringify({ join: { room: "sockets", peerId: `socket-${tab}` } }));
          return new Promise<string>((resolve) => {
            socket.onmessage = ({ data }) =>
              resolve(Object.keys(JSON.parse(String(data)) as object)[0] ?? "");
            socket.onclose = ({ code, reason }) => resolve(`closed: ${code} ${reason}`);
          });
        }),
      ),
    { url: page.proxy.url, count: tabCount },
  );
  expect(welcomes).toEqual(Array.from({ length: tabCount }, () => "welcome"));
});

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
