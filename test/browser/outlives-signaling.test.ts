import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import type { PeerPage } from "./peer-page.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** Two that see each other, and whose pictures are watched. */
async function call(stage: BrowserStage): Promise<[ada: PeerPage, grace: PeerPage]> {
  const [ada, grace] = await stage.pairIn("standup");
  await Promise.all([ada.openCamera(), grace.openCamera()]);
  await Promise.all([ada.linkToEverybody(), grace.linkToEverybody()]);
  await Promise.all([ada.sees(grace), grace.sees(ada)]);
  await Promise.all([ada.watch(grace), grace.watch(ada)]);
  return [ada, grace];
}

/** That the call went on all the time, and that none of its two was taken for gone. */
async function wentOn(ada: PeerPage, grace: PeerPage, departures: readonly object[] = []): Promise<void> {
  await Promise.all([ada.sees(grace), grace.sees(ada)]);
  for (const [peer, to] of [
    [ada, grace],
    [grace, ada],
  ] as const) {
    expect(await peer.keptConnection(to)).toBe(true);
    expect(await peer.longestGap(to), "milliseconds without a frame").toBeLessThan(1_500);
    expect((await peer.seen()).departures).toEqual(peer === ada ? departures : []);
  }
}

/** Loads a page again as if it had crashed: no word is sent, so its session would wait for its resume window. */
async function reloadWithoutWord(peer: PeerPage): Promise<void> {
  peer.proxy.down();
  await peer.page.reload();
  peer.proxy.up();
  await peer.page.waitForFunction(() => window.peer !== undefined);
}

test("a call goes on while one side is away from the service for longer than its resume window", async () => {
  await using stage = await BrowserStage.start(browser, "--resume-window", "2");
  const [ada, grace] = await call(stage);
  grace.proxy.down();
  await ada.signaling(grace, "away");
  await wentOn(ada, grace);
  grace.proxy.up();
  await Promise.all([ada.signaling(grace, "open"), grace.signaling(ada, "open")]);
  await wentOn(ada, grace);
});

test("an attacker who takes the name after a restart of the service gets no link and ends no call", async () => {
  await using stage = await BrowserStage.start(browser);
  const [ada, grace] = await call(stage);
  const thief = await stage.peer("grace");
  const negotiationId = await ada.negotiationId(grace);
  const remoteDescription = await ada.remoteDescription(grace);
  expect(remoteDescription).toContain("a=candidate:");
  await stage.restart([ada, thief]);
  await ada.signaling(grace, "away");
  await thief.join("standup");
  await thief.takeLinks();
  // With the name of the negotiation, and without.
  for (const id of [negotiationId, "another", ""]) await thief.attack(ada, id);
  await thief.acknowledged();
  // Its offer begins a link of its own, which rings, but is not the call.
  await ada.meetsAgain("grace");
  await wentOn(ada, grace);
  expect(await ada.linksTo("grace")).toEqual([
    { negotiationId, closed: false, state: "connected" },
    ...(await ada.linksTo("grace")).slice(1),
  ]);
  // The second person with that name may be called, but has no part in the call.
  expect(await ada.remoteDescription(grace), "with the candidates").toBe(remoteDescription);

  await thief.leave();
  grace.proxy.up();
  await Promise.all([ada.signaling(grace, "open"), grace.signaling(ada, "open")]);
  const theThief = expect.objectContaining({ peerId: "grace", cause: "left" });
  await wentOn(ada, grace, [theThief]);
});

test("a page that is loaded again gets its name back at once, and a duplicated tab does not take it", async () => {
  await using stage = await BrowserStage.start(browser);
  const ada = await stage.peer("ada");
  await ada.join("standup");
  await reloadWithoutWord(ada);
  const askedAt = Date.now();
  await ada.join("standup");
  expect(Date.now() - askedAt, "as long as its session is kept").toBeLessThan(4_000);
  expect(await ada.self()).toEqual({ peerId: "ada", session: 2 });

  const stored = await ada.page.evaluate(() => JSON.stringify(sessionStorage));
  const copy = await stage.peerBeside(ada, stored);
  await expect(copy.join("standup")).rejects.toThrow("PEER_ID_TAKEN");
  expect(await ada.state()).toBe("open");
});

test("a page that goes before it holds the lock of its session is not forgotten", async () => {
  await using stage = await BrowserStage.start(browser);
  const ada = await stage.peer("ada");
  // A browser that is so busy that the digest, which names the lock, does not come before the page goes.
  await ada.page.evaluate(() => {
    crypto.subtle.digest = () => new Promise(() => {});
  });
  await ada.join("standup");
  await reloadWithoutWord(ada);
  await ada.join("standup");
  expect(await ada.self()).toEqual({ peerId: "ada", session: 2 });
});

test("a page that is loaded again waits for a browser that is slow to end the page before it", async () => {
  await using stage = await BrowserStage.start(browser);
  const ada = await stage.peer("ada");
  const other = await stage.peerBeside(ada, "{}", "other");
  await ada.join("standup");
  // It stands for a page that takes 800 ms to end: it is the next to get the lock of the session, and keeps it for so long.
  await other.page.evaluate(async () => {
    const name = async () => (await navigator.locks.query()).held?.[0]?.name;
    while ((await name()) === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    void navigator.locks.request(
      String(await name()),
      () => new Promise((resolve) => setTimeout(resolve, 800)),
    );
  });
  await reloadWithoutWord(ada);
  await ada.join("standup");
  expect(await ada.self()).toEqual({ peerId: "ada", session: 2 });
});

test("the loss of the network is noticed within two seconds", async () => {
  await using stage = await BrowserStage.start(browser);
  const ada = await stage.peer("ada");
  await ada.join("standup");
  const goneAt = Date.now();
  await ada.page.context().setOffline(true);
  await ada.reaches("reconnecting");
  expect(Date.now() - goneAt).toBeLessThan(2_000);
  await ada.page.context().setOffline(false);
  await ada.reaches("open");
});

test("when other tabs use all connections of the browser, the error says so", async () => {
  await using stage = await BrowserStage.start(browser);
  const first = await stage.peer("tab-1");
  await first.join("standup", { via: "stream" });
  const tabs = [first];
  for (let tab = 2; tab <= 6; tab++) {
    const next = await stage.peerBeside(first, "{}", `tab-${tab}`);
    await next.join("standup", { via: "stream" });
    tabs.push(next);
  }
  const last = await stage.peerBeside(first, "{}", "tab-7");
  await expect(last.join("standup", { via: "stream" })).rejects.toThrow("CONNECTIONS_EXHAUSTED");
  const error = await first.page.evaluate(
    () =>
      new Promise((resolve) => {
        window.peer.room.on("state", (_, error) => error && resolve(error.reason));
        window.peer.room.setMetadata({ mic: "off" }).catch(() => {});
      }),
  );
  expect(error, "of a tab that has joined and sends").toBe("CONNECTIONS_EXHAUSTED");
});
