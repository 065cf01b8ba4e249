import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { codeOf } from "../rest/page-code.ts";
import { RestService } from "../rest/rest-service.ts";
import { Chromium, testTimeoutMs } from "./chromium.ts";
import { Firefox } from "./firefox.ts";
import type { PageBrowser } from "./script-page.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

let browsers: PageBrowser[];
let service: RestService;
beforeAll(async () => {
  browsers = await Promise.all([Chromium.launch(), Firefox.launch()]);
  service = await RestService.start();
});
afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await service[Symbol.asyncDispose]();
});

declare global {
  interface Window {
    /** What the code of the page has logged. */
    logged: string[];
  }
}

test.each(["chromium", "firefox"])("a page in %s joins and listens by fetch", async (name) => {
  const browser = browsers.find((one) => one.name === name);
  if (browser === undefined) throw new Error(`${name} did not start`);
  const errors: string[] = [];
  const { page, close } = await browser.open((error) => errors.push(error));
  // Any page of the service itself.
  await page.goto(`${service.url}/healthz`);
  await page.evaluate(
    (code) => {
      window.logged = [];
      const run = new Function("console", `return (async () => {${code}})()`);
      void run({ log: (line: string) => window.logged.push(line) });
    },
    codeOf("js", service.url),
  );
  await page.waitForFunction(() => window.logged.some((line) => line.startsWith("event: welcome")));
  await service.join("kitchen", `ben-${name}`);
  await page.waitForFunction(() => window.logged.some((line) => line.startsWith("event: peerJoined")));
  await close();
  expect(errors).toEqual([]);
});
