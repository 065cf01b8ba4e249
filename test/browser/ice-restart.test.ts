import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { losePackets } from "./packet-loss.ts";
import type { PeerPage } from "./peer-page.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** Links both, and gives the ICE fragments that they have. */
async function connect(ada: PeerPage, grace: PeerPage) {
  await grace.takeLinks();
  await ada.link(grace);
  await Promise.all([ada.talks(), grace.talks()]);
  return ada.fragments(grace);
}

test.each(["impolite", "polite"])("the %s side restarts ICE, and the connection goes on", async (side) => {
  await using stage = await BrowserStage.start(browser);
  const [ada, grace] = await stage.pairIn("standup");
  const before = await connect(ada, grace);
  const [restarts, follows] = side === "impolite" ? [ada, grace] : [grace, ada];

  await restarts.restartIce(follows);
  const after = await restarts.renewed(follows, side === "impolite" ? before : swapped(before));
  expect(await follows.fragments(restarts)).toEqual(swapped(after));

  await ada.tell(grace, "after the restart");
  await grace.tell(ada, "on both sides");
  for (const { errors } of [await ada.seen(), await grace.seen()]) expect(errors).toEqual([]);
});

test("ICE is restarted by itself when the path to the peer is gone", async () => {
  await using stage = await BrowserStage.start(browser);
  const [ada, grace] = await stage.pairIn("standup");
  await losePackets(ada.page, 0);
  const before = await connect(ada, grace);

  await losePackets(ada.page, 100);
  await ada.page.waitForFunction(
    () => window.peer.linkTo("grace").link.connection.iceConnectionState === "disconnected",
    undefined,
    { timeout: 20_000 },
  );
  const after = await ada.renewed(grace, before);
  await losePackets(ada.page, 0);
  await Promise.all([ada.connected(grace), grace.connected(ada)]);
  expect(after.local).not.toBe(before.local);
  await ada.tell(grace, "back");
});

function swapped({ local, remote }: { local: string; remote: string }) {
  return { local: remote, remote: local };
}
