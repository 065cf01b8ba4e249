import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import type { PeerPage } from "./peer-page.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

/** A foreign name, which its name server has pointed to this machine. */
const foreign = "evil.test";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium([`--host-resolver-rules=MAP ${foreign} 127.0.0.1`]);
});
afterAll(() => browser.close());

/** A page of another site, and what became of its join. */
async function joinFrom(
  stage: BrowserStage,
  origin: string,
  via: "auto" | "stream" = "auto",
): Promise<{ peer: PeerPage; outcome: string }> {
  const peer = await stage.peer("ada", `${origin}/`);
  const outcome = await peer.join("standup", { joinTimeoutMs: 2000, via }).then(
    () => "joined",
    (error: unknown) => String(error),
  );
  return { peer, outcome };
}

function siteOf(stage: BrowserStage): string {
  return `http://${foreign}:${new URL(stage.site.url).port}`;
}

test("a page of another site cannot use a service on loopback", async () => {
  await using stage = await BrowserStage.start(browser);
  // A browser keeps the answer to a preflight from the page, but not why a WebSocket was closed.
  expect((await joinFrom(stage, siteOf(stage), "stream")).outcome).toContain("Failed to fetch");
  expect((await joinFrom(stage, siteOf(stage))).outcome).toContain("ORIGIN_REFUSED");
  expect(stage.server.counts()).toMatchObject({ sessions: 0 });
});

test("a page of another site whose origin is allowed can, with headers of its own", async () => {
  await using stage = await BrowserStage.start(browser, "--cors-origin", "*");
  const { peer, outcome } = await joinFrom(stage, siteOf(stage));
  expect(outcome).toBe("joined");
  const url = `${peer.proxy.url}/parley.v1.SignalingService/SendSignals`;
  const answer = await peer.page.evaluate(async (url) => {
    const own = { authorization: "Bearer token", traceparent: "00-ab-cd-01", baggage: "a=b", "x-own": "c" };
    const headers = { "content-type": "application/json", ...own };
    return (await fetch(url, { method: "POST", headers, body: "{}" })).text();
  }, url);
  expect(answer).toContain("SESSION_TOKEN_INVALID");
});

test("a page under a name that was rebound to loopback may not call", async () => {
  await using stage = await BrowserStage.start(browser);
  const { page, proxy } = await stage.peer("ada");
  // Of plain HTTP a browser reports no site: what it loads here looks like what any other client loads.
  await page.goto(`${proxy.url.replace("127.0.0.1", foreign)}/healthz`);
  const answer = await page.evaluate(async () => {
    const response = await fetch("/parley.v1.SignalingService/SendSignals", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    return response.text();
  });
  expect(answer).toContain("ORIGIN_REFUSED");
  expect(answer).toContain("PARLEY_HOSTS");
});
