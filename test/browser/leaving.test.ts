import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Stage } from "../contract/stage/stage.ts";
import { plainHttp } from "../contract/ways/plain-http.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { TestSite } from "./test-site.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
let site: TestSite;
beforeAll(async () => {
  browser = await launchChromium();
  site = await TestSite.start();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** The code of the guide's section. */
async function snippetOf(heading: string): Promise<string> {
  const guide = await readFile(new URL("../../docs/guide.md", import.meta.url), "utf8");
  const [, section = ""] = guide.split(`\n### ${heading}\n`);
  const [, code] = /```js\n(.*?)```/s.exec(section) ?? [];
  if (code === undefined) throw new Error(`the guide has no code under ${heading}`);
  return code;
}

test("a page of another origin that leaves as the guide shows is gone at once", async () => {
  const snippet = await snippetOf("When the page goes away");
  await using stage = await Stage.start(plainHttp);
  const bob = await stage.join("bob");
  const alice = await stage.join("alice");
  await bob.hear();
  // A page with a profile of its own would take the profile away with it, and what it still sends.
  const profile = await browser.newContext();
  const page = await profile.newPage();
  await page.goto(site.url);
  const given = { url: stage.url, sessionToken: alice.token, seq: 1 };
  await page.addScriptTag({
    content: `{ const { url, sessionToken, seq } = ${JSON.stringify(given)}; ${snippet} }`,
  });
  await page.close({ runBeforeUnload: true });
  await bob.hear();
  expect(bob.transcript.at(-1)).toContain("left: alice LEFT");
});
