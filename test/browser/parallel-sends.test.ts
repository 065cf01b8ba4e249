import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { candidate } from "../contract/stage/content.ts";
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

test("a page that awaits none of its sends loses nothing, and its candidates keep their order", async () => {
  await using stage = await Stage.start(plainHttp);
  const bob = await stage.join("bob");
  const alice = await stage.join("alice");
  await bob.hear();
  const page = await browser.newPage();
  await page.goto(site.url);
  // As many as a browser sends at once over HTTP/1.1 beside its stream.
  const count = 5;
  const statuses = await page.evaluate(
    ({ url, sessionToken, candidates }) =>
      Promise.all(
        candidates.map(async (text, index) => {
          const iceCandidate = { candidate: text, sdpMid: "0" };
          const response = await fetch(`${url}/parley.v1.SignalingService/SendSignals`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ sessionToken, signals: [{ seq: index + 1, to: "bob", iceCandidate }] }),
          });
          return response.status;
        }),
      ),
    {
      url: stage.url,
      sessionToken: alice.token,
      candidates: Array.from({ length: count }, (_, index) => candidate(`f${index}`)),
    },
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  const heard = () => bob.responses.filter(({ body }) => body.case === "iceCandidate");
  while (heard().length < count) await bob.hear();
  expect(heard().map(({ body }) => body.case === "iceCandidate" && body.value.candidate)).toEqual(
    Array.from({ length: count }, (_, index) => candidate(`f${index}`)),
  );
  await page.close();
});
