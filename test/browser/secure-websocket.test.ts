import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { TestAuthority } from "../redis/test-authority.ts";
import { BrowserStage } from "./browser-stage.ts";
import { Chromium, launchChromium, testTimeoutMs } from "./chromium.ts";
import { Firefox } from "./firefox.ts";
import type { AnyPeerPage } from "./peer-page.ts";
import type { ScriptPage } from "./script-page.ts";

vi.setConfig({ testTimeout: testTimeoutMs, hookTimeout: testTimeoutMs });

const authority = new TestAuthority();
const { certFile, keyFile } = authority.issue("DNS:localhost,IP:127.0.0.1");
let chromium: Browser;
let firefox: Firefox;
beforeAll(async () => {
  chromium = await launchChromium(["--ignore-certificate-errors"]);
  firefox = await Firefox.launch({ acceptInsecureCerts: true });
});
afterAll(async () => {
  await firefox.close();
  await chromium.close();
  authority[Symbol.dispose]();
});

/** A service that ends TLS itself, and a peer in each browser. */
async function scene() {
  const stage = await BrowserStage.start(chromium, "--tls-cert", certFile, "--tls-key", keyFile);
  const ada = await stage.peerIn(Chromium.of(chromium), "ada");
  const grace = await stage.peerIn(firefox, "grace");
  return { stage, ada, grace };
}

/** The service behind the network of a page. */
const securely = ({ proxy }: AnyPeerPage) => ({ url: `https://${proxy.address}`, via: "websocket" as const });

test("Chromium and Firefox call each other over wss, and each survives a cut", async () => {
  const { stage, ada, grace } = await scene();
  await using _stage = stage;
  await ada.join("standup", securely(ada));
  await grace.join("standup", securely(grace));
  await ada.meets(grace);
  await grace.takeLinks();
  for (const torn of [ada, grace]) {
    const links = torn === ada ? ["one", "two", "three"] : ["four", "five", "six"];
    await ada.linkAll(grace, links);
    expect(torn.proxy.cut()).toBeGreaterThanOrEqual(1);
    const upTo = torn === ada ? 3 : 6;
    await Promise.all([ada.talks(upTo), grace.talks(upTo)]);
    await Promise.all([ada.acknowledged(), grace.acknowledged()]);
  }
  const [called, answered] = await Promise.all([ada.seen(), grace.seen()]);
  for (const { states, resets, departures, errors } of [called, answered]) {
    expect(states.slice(0, 2), "states of the session").toEqual(["reconnecting", "open"]);
    expect({ resets, departures, errors }).toEqual({ resets: 0, departures: [], errors: [] });
  }
  // Exactly once, and in order.
  expect(answered.in.map(({ what }) => what)).toEqual(called.out.map(({ what }) => what));
  expect(called.in.map(({ what }) => what)).toEqual(answered.out.map(({ what }) => what));
  expect([await ada.via(), await grace.via()]).toEqual(["websocket", "websocket"]);
});

/** Runs in a page: joins by a WebSocket of its own, and resolves with how that was closed. */
function closeOf(origin: string): Promise<{ code: number; reason: string }> {
  const socket = new WebSocket(`${origin}/v1/signal`, "parley.v1.json");
  socket.addEventListener("open", () => socket.send(JSON.stringify({ join: { room: "no room" } })));
  return new Promise((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  });
}

test("a refusal over wss shows a page its close code and its reason, and joinRoom rejects with it", async () => {
  const { stage, ada, grace } = await scene();
  await using _stage = stage;
  const refused = "a room is named by 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ + -";
  for (const peer of [ada, grace] as const) {
    const page: ScriptPage = peer.page;
    expect(await page.evaluate(closeOf, `wss://${peer.proxy.address}`)).toEqual({
      code: 4003,
      reason: `ROOM_INVALID never: ${refused}`,
    });
    await expect(peer.join("no room", securely(peer))).rejects.toThrow(`ROOM_INVALID: ${refused}`);
  }
});
