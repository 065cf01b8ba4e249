import type { Browser } from "playwright-core";
import type { BrowserStage } from "./browser-stage.ts";
import { Chromium } from "./chromium.ts";
import { Firefox } from "./firefox.ts";
import type { AnyPeerPage } from "./peer-page.ts";
import type { PageBrowser, ScriptPage } from "./script-page.ts";

/** Which browser joins first, as the impolite side, and which one second. */
export const orders = [
  ["chromium", "chromium"],
  ["chromium", "firefox"],
  ["firefox", "chromium"],
  ["firefox", "firefox"],
] as const;

export type Order = (typeof orders)[number];

/** Both browsers. */
export interface Browsers {
  readonly chromium: PageBrowser<ScriptPage>;
  readonly firefox: PageBrowser<ScriptPage>;
}

export async function launchBoth(chromium: Browser): Promise<Browsers> {
  return { chromium: Chromium.of(chromium), firefox: await Firefox.launch() };
}

/** Opens two peers that have joined a room in this order of browsers. */
export async function pairInOrder(
  stage: BrowserStage,
  browsers: Browsers,
  [first, second]: Order,
  room = "standup",
): Promise<[ada: AnyPeerPage, grace: AnyPeerPage]> {
  const ada = await stage.peerIn(browsers[first], "ada");
  const grace = await stage.peerIn(browsers[second], "grace");
  await ada.join(room);
  await grace.join(room);
  await ada.meets(grace);
  return [ada, grace];
}
