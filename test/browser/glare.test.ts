import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";

const rounds = 50;
/** So much later than now both begin, in milliseconds: when both pages know of it. */
const headStartMs = 50;

vi.setConfig({ testTimeout: 2 * testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test(`two peers that start at the same moment connect, ${rounds} times in a row`, async ({ annotate }) => {
  await using stage = await BrowserStage.start(browser);
  const [ada, grace] = [await stage.peer("ada"), await stage.peer("grace")];
  let crossed = 0;
  for (let round = 0; round < rounds; round++) {
    // In turn: who is polite, and whether the application names the link.
    const [first, second] = round % 2 === 0 ? [ada, grace] : [grace, ada];
    const named = round % 4 < 2 ? {} : { negotiationId: "call" };
    await first.join(`round-${round}`);
    await second.join(`round-${round}`);
    await first.meets(second);
    const at = Date.now() + headStartMs;
    await Promise.all([
      first.linkAt(at, second, { offerAfterMs: 0, ...named }),
      second.linkAt(at, first, { offerAfterMs: 0, ...named }),
    ]);
    await Promise.all([first.talks(), second.talks()]);
    const seen = await Promise.all([first.seen(), second.seen()]);
    const errors = seen.flatMap((each) => each.errors);
    expect(errors, `errors of round ${round}`).toEqual([]);
    if (seen.every(({ offeredFirst }) => offeredFirst)) crossed++;
    await first.leave();
    await second.leave();
  }
  await annotate(`in ${crossed} rounds both had offered before they were offered anything`);
  expect(crossed, "rounds with glare").toBeGreaterThanOrEqual(10);
});
