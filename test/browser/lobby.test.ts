import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Backend } from "../access/backend.ts";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { DemoCall } from "./demo-call.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
let backend: Backend;
beforeAll(async () => {
  browser = await launchChromium();
  // Ada has the room, and everyone else waits.
  backend = await Backend.start("json", ({ metadata }) =>
    metadata["name"] === "Ada"
      ? {
          decision: { case: "approve", value: {} },
          grants: { names: ["send", "update", "admit"] },
        }
      : { decision: { case: "hold", value: {} } },
  );
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await browser.close();
});

const query = { room: "standup", picture: "1", auto: "1" };

test("a visitor waits with a place in the queue, and the demo page of a member lets it in or turns it away", async () => {
  await using stage = await BrowserStage.start(browser, ...backend.flags);
  const { page: ada } = await stage.demo({ ...query, name: "Ada" });
  await ada.getByTestId("empty-room").waitFor();
  const { page: grace } = await stage.demo({ ...query, name: "Grace" });
  await grace.getByText("You are next.").waitFor();
  const { page: mallory } = await stage.demo({ ...query, name: "Mallory" });
  await mallory.getByText("You are number 2 in the queue.").waitFor();
  await ada.getByRole("button", { name: "Admit Grace" }).waitFor();
  await ada.getByRole("button", { name: "Turn Mallory away" }).click();
  await mallory.getByText("You were not let in.").waitFor();
  await ada.getByRole("button", { name: "Admit Grace" }).click();
  await Promise.all([new DemoCall(ada).sees(), new DemoCall(grace).sees()]);
  await ada.getByTestId("lobby-card").waitFor({ state: "hidden" });
});

test("a visitor who cancels is off the list at once", async () => {
  await using stage = await BrowserStage.start(browser, ...backend.flags);
  const { page: ada } = await stage.demo({ ...query, name: "Ada" });
  await ada.getByTestId("empty-room").waitFor();
  const { page: grace } = await stage.demo({ ...query, name: "Grace" });
  await ada.getByTestId("lobby-item").waitFor();
  await grace.getByTestId("cancel-button").click();
  await ada.getByTestId("lobby-card").waitFor({ state: "hidden" });
  expect(await grace.getByTestId("join-button").isEnabled()).toBe(true);
});
