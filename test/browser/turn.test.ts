import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Issuer } from "../access/issuer.ts";
import { TurnClient } from "../deploy/turn-client.ts";
import { until } from "../kit/until.ts";
import { RunningProcess } from "../proxies/running-process.ts";
import { freePort } from "../redis/redis-server.ts";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { type Browsers, launchBoth, type Order } from "./orders.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

const secret = "secret-of-a-test";
const folder = mkdtempSync(join(tmpdir(), "parley-turn-"));
const one = new Issuer();
let browser: Browser;
let browsers: Browsers;
let relay: RunningProcess;
let port: number;

beforeAll(async () => {
  browser = await launchChromium();
  browsers = await launchBoth(browser);
  port = await freePort();
  relay = new RunningProcess("turnserver", [
    ...["--no-cli", "--use-auth-secret", `--static-auth-secret=${secret}`, "--realm=test"],
    ...["--listening-ip=127.0.0.1", `--listening-port=${port}`, "--relay-ip=127.0.0.1"],
    ...["--allow-loopback-peers", "--no-tls", "--no-dtls", "--log-file=stdout"],
    ...[`--pidfile=${folder}/pid`, `--userdb=${folder}/turndb`],
  ]);
  await until(
    async () => {
      using client = new TurnClient(port, secret);
      return await client.allocate("ipv4").then(
        () => true,
        () => false,
      );
    },
    "the relay to answer",
    15_000,
  );
}, 60_000);
afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  await browsers.firefox.close();
  await browser.close();
  one[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const rtcConfiguration = { iceTransportPolicy: "relay" } as const;
const grants = ["join", "send", "receive", "update", "turn"];

/** Two that may only talk over the relay, with what the service gives them. */
async function relayedPair(stage: BrowserStage, [first, second]: Order) {
  const ada = await stage.peerIn(browsers[first], "ada");
  const grace = await stage.peerIn(browsers[second], "grace");
  for (const peer of [ada, grace]) {
    const token = await one.issue({ claims: { sub: peer.name, parley: { rooms: ["standup"], grants } } });
    await peer.join("standup", { rtcConfiguration, token });
  }
  await ada.meets(grace);
  await grace.takeLinks();
  return [ada, grace] as const;
}

function flagsWith(turnSecret: string): string[] {
  return [...one.flags, "--turn-url", `turn:127.0.0.1:${port}?transport=udp`, "--turn-secret", turnSecret];
}

const orders: readonly Order[] = [
  ["chromium", "chromium"],
  ["chromium", "firefox"],
];

test.each(orders)(
  "%s and %s are connected by a relay, with the credentials that the service gives them",
  async (...order) => {
    await using stage = await BrowserStage.start(browser, ...flagsWith(secret));
    const [ada, grace] = await relayedPair(stage, order);
    await ada.link(grace);
    await Promise.all([ada.talks(), grace.talks()]);
    for (const peer of [ada, grace]) expect(await peer.path()).toEqual(["relay", "relay"]);
    // End to end: each side uses the certificate that the other side was sent the fingerprint of.
    const [hers, theirs] = [await ada.fingerprints(), await grace.fingerprints()];
    expect(hers.own).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect([hers.own, hers.other]).toEqual([theirs.other, theirs.own]);
    // Firefox does not show which are in use.
    expect([hers.ownInUse, hers.otherInUse]).toEqual([hers.own, hers.other]);
    for (const { errors } of [await ada.seen(), await grace.seen()]) expect(errors).toEqual([]);
  },
);

test("with a secret that the relay does not have, nothing connects, and the page reports why", async () => {
  await using stage = await BrowserStage.start(browser, ...flagsWith("another-secret"));
  const [ada, grace] = await relayedPair(stage, ["chromium", "chromium"]);
  await ada.link(grace);
  await ada.reports("TURN_REFUSED");
  expect(await ada.path()).toEqual([undefined, undefined]);
});

test("the credentials are renewed during a call, which goes on, and new paths use them", async () => {
  await using stage = await BrowserStage.start(browser, ...flagsWith(secret), "--turn-lifetime", "60");
  const [ada, grace] = await relayedPair(stage, ["chromium", "chromium"]);
  await ada.link(grace);
  await Promise.all([ada.talks(), grace.talks()]);
  const [hers, theirs] = [await ada.turnUser(), await grace.turnUser()];
  await Promise.all([ada.turnUserIsNot(hers), grace.turnUserIsNot(theirs)]);
  await ada.tell(grace, "still here");
  await ada.restartIce(grace);
  await ada.tell(grace, "on a new path");
  expect(await ada.path()).toEqual(["relay", "relay"]);
  expect(await ada.keptConnection(grace)).toBe(true);
});
