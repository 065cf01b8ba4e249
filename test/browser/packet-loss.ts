import type { CDPSession, Page } from "playwright-core";

/** The conditions hold as long as the session that set them. */
const sessions = new WeakMap<Page, CDPSession>();

/** Makes the WebRTC traffic of a Chromium page lose so many of a hundred packets. */
export async function losePackets(page: Page, percent: number): Promise<void> {
  const devtools = sessions.get(page) ?? (await page.context().newCDPSession(page));
  sessions.set(page, devtools);
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    // Of a link that is neither slow nor narrow, Chromium looks at nothing else.
    latency: 1,
    downloadThroughput: 1e9,
    uploadThroughput: 1e9,
    packetLoss: percent,
  });
}
