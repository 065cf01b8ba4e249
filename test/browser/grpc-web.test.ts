import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Server } from "../../server/src/server.ts";
import { sdp } from "../contract/stage/content.ts";
import { LogBook } from "../contract/stage/log-book.ts";
import { configOf } from "../contract/stage/stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import type {} from "./page/grpc-web-peer.ts";
import { TestSite } from "./test-site.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
let site: TestSite;
let server: Server;
let url: string;
let script: string;
beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page/grpc-web-peer.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    target: "chrome110",
    write: false,
  });
  script = outputFiles[0]?.text ?? "";
  browser = await launchChromium();
  site = await TestSite.start();
  server = new Server(await configOf([]), { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(async () => {
  await browser.close();
  await site.close();
  await server.close(0);
});

/** A page of another origin that speaks with the official client. */
async function peerPage(name: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(site.url);
  await page.addScriptTag({ content: script });
  await page.evaluate(
    ([address, peerId]) => {
      window.grpcWebPeer = new window.GrpcWebPeer(address);
      window.grpcWebPeer.receive("standup", peerId);
    },
    [url, name] as const,
  );
  await hears(page, "welcome");
  return page;
}

async function hears(page: Page, start: string): Promise<string[]> {
  await page.waitForFunction((text) => window.grpcWebPeer.heard.some((line) => line.startsWith(text)), start);
  return page.evaluate(() => window.grpcWebPeer.heard);
}

function send(page: Page, signal: { to: string; sdp: string } | "leave"): Promise<number> {
  return page.evaluate((sent) => window.grpcWebPeer.send(sent), signal);
}

test("the official grpc-web client streams: each signal arrives while the stream is open", async () => {
  const alice = await peerPage("alice");
  const bob = await peerPage("bob");
  await hears(alice, "peerJoined");
  // Lengths that leave every rest of three, so that base64 is padded in all ways.
  for (const bytes of [1, 2, 3, 70_000]) {
    const offered = sdp("official", bytes);
    expect(await send(alice, { to: "bob", sdp: offered })).toBeGreaterThan(0);
    const heard = await hears(bob, `offer from alice: ${offered}`);
    expect(heard).not.toContain("end");
  }
  await send(alice, "leave");
  expect(await hears(alice, "end")).toContain("end");
  await hears(bob, "peerLeft");
  await Promise.all([alice.close(), bob.close()]);
});

test("the official grpc-web client sees the reason of an error", async () => {
  const page = await peerPage("carol");
  const refusal = await page.evaluate(() => window.grpcWebPeer.refusal());
  expect(refusal).toMatch(/^16 SESSION_TOKEN_INVALID rejoin: this is not a session token/);
  await page.close();
});
