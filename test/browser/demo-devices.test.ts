import type { Browser, Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { devicesAllowed, launchChromium, testTimeoutMs } from "./chromium.ts";
import { DemoCall } from "./demo-call.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

/** Joins with camera and microphone, beside a peer with neither. */
async function joinBoth(stage: BrowserStage): Promise<Page> {
  const { page: other } = await stage.demo({ room: "standup", name: "Grace", picture: "1", auto: "1" });
  const { page } = await stage.demo({ room: "standup", name: "Ada" });
  await page.getByTestId("join-button").click();
  await Promise.all([new DemoCall(page).sees(), new DemoCall(other).sees()]);
  return page;
}

async function launch(
  flags: readonly string[],
  without: readonly string[] = [],
): Promise<AsyncDisposable & { browser: Browser }> {
  const browser = await launchChromium(flags, without);
  return { browser, [Symbol.asyncDispose]: () => browser.close() };
}

test("devices that are refused are reported, the call goes on, and they can be added without leaving it", async () => {
  await using chromium = await launch(["--deny-permission-prompts"], [devicesAllowed]);
  await using stage = await BrowserStage.start(chromium.browser);
  const page = await joinBoth(stage);
  const notice = page.getByTestId("call-notice");
  await expect.poll(() => notice.textContent()).toContain("to the camera was denied");
  const resumes = await new DemoCall(page).resumes();

  await page.context().grantPermissions(["camera", "microphone"]);
  await notice.getByRole("button").click();
  await notice.waitFor({ state: "hidden" });
  await page.getByTestId("camera-button").filter({ hasText: "Camera on" }).waitFor();
  expect(await new DemoCall(page).resumes(), "the same session").toBe(resumes);
  expect(await page.getByTestId("peer-tile").count()).toBe(1);
});

test("devices that are missing are reported, and the call goes on without them", async () => {
  const flag = "--use-fake-device-for-media-stream";
  await using chromium = await launch([`${flag}=device-count=0`], [flag]);
  await using stage = await BrowserStage.start(chromium.browser);
  const page = await joinBoth(stage);
  await page.getByTestId("call-notice").filter({ hasText: "no camera was found" }).waitFor();
  await new DemoCall(page).decodes(5);
});
