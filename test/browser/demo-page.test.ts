import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BrowserStage } from "./browser-stage.ts";
import { launchChromium, testTimeoutMs } from "./chromium.ts";
import { DemoCall } from "./demo-call.ts";

vi.setConfig({ testTimeout: testTimeoutMs });

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** Two demo pages that see each other; with a camera once their visitors have clicked. */
async function call(stage: BrowserStage, query: Readonly<Record<string, string>>) {
  const [ada, grace] = await Promise.all(
    ["Ada", "Grace"].map(async (name) => {
      const { page, proxy } = await stage.demo({ room: "standup", name, ...query });
      if (query["auto"] === undefined) await page.getByTestId("join-button").click();
      return { demo: new DemoCall(page), proxy };
    }),
  );
  if (ada === undefined || grace === undefined) throw new Error("two were asked for");
  await Promise.all([ada.demo.sees(), grace.demo.sees()]);
  return { ada, grace };
}

test.each([
  { picture: "a camera", query: {} },
  { picture: "the drawn picture", query: { picture: "1", auto: "1" } },
])("two demo pages with $picture hold a call: frames are decoded on both sides", async ({ query }) => {
  await using stage = await BrowserStage.start(browser);
  const { ada, grace } = await call(stage, query);
  await Promise.all([ada.demo.decodes(20), grace.demo.decodes(20)]);
  expect(await ada.demo.page.getByTestId("session-via").textContent(), "over plain HTTP").toBe("WebSocket");
});

test("the cut button cuts the session, which resumes while the video runs on", async () => {
  await using stage = await BrowserStage.start(browser, "--resume-window", "9");
  const { ada, grace } = await call(stage, { picture: "1", auto: "1", hold: "5" });
  expect(await ada.demo.resumes()).toBe(0);

  await ada.demo.page.getByTestId("cut-button").click();
  await ada.demo.signaling("reconnecting");
  expect(stage.server.counts()).toMatchObject({ sessions: 2 });
  await Promise.all([ada.demo.decodes(10), grace.demo.decodes(10)]);
  expect(stage.server.counts(), "while the video ran on").toMatchObject({ sessions: 2, attached: 1 });

  await ada.demo.signaling("resumed");
  expect(await ada.demo.resumes()).toBe(1);
  await Promise.all([ada.demo.decodes(10), grace.demo.decodes(10)]);
  expect(await ada.demo.iceState()).toBe("connected");
  expect(await grace.demo.resumes()).toBe(0);
});

test("the video runs on while a broken network resets the connection to the service", async () => {
  await using stage = await BrowserStage.start(browser);
  const { ada, grace } = await call(stage, { picture: "1", auto: "1" });
  expect(ada.proxy.cut(), "connections that were open").toBeGreaterThanOrEqual(1);
  await ada.demo.signaling("resumed");
  await Promise.all([ada.demo.decodes(10), grace.demo.decodes(10)]);
});

test("a page that cannot reach the service does not say that nobody is in the room", async () => {
  await using stage = await BrowserStage.start(browser);
  const { page } = await stage.demo({ room: "standup", name: "Ada", auto: "1", picture: "1", hold: "2" });
  const demo = new DemoCall(page);
  const empty = page.getByTestId("empty-room");
  await empty.waitFor();
  await page.getByTestId("cut-button").click();
  await demo.signaling("reconnecting");
  await empty.waitFor({ state: "hidden" });
  expect(await page.getByTestId("call-notice").textContent()).toContain("connection is lost");
  await demo.signaling("resumed");
  await empty.waitFor();
});

test("a link opens no camera and no microphone: a click does, and a reload of the tab in which it was made", async () => {
  await using stage = await BrowserStage.start(browser);
  const query = { room: "standup", name: "Ada", auto: "1" };
  const { page } = await stage.demo(query);
  const sends = async () => {
    await page.getByTestId("local-video").waitFor();
    return page.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid="local-video"]');
      const stream = video?.srcObject;
      if (!(stream instanceof MediaStream)) return "nothing";
      const voice = stream.getAudioTracks().length;
      const canvas = stream.getVideoTracks().some((track) => track instanceof CanvasCaptureMediaStreamTrack);
      return `${canvas ? "a drawn picture" : "the camera"}, ${voice} voices`;
    });
  };
  expect(await sends()).toBe("a drawn picture, 0 voices");
  await page.reload();
  expect(await sends(), "after a reload without a click").toBe("a drawn picture, 0 voices");

  await page.getByTestId("call-notice").getByRole("button").click();
  await page.getByTestId("camera-button").filter({ hasText: "Camera on" }).waitFor();
  expect(await sends(), "after a click").toBe("the camera, 1 voices");
  await page.reload();
  expect(await sends(), "after a reload").toBe("the camera, 1 voices");

  const url = new URL(page.url());
  await page.goto(url.href);
  expect(await sends(), "after a link, in the same tab").toBe("a drawn picture, 0 voices");
  url.searchParams.set("room", "another");
  await page.goto(url.href);
  expect(await sends(), "after a link to another room").toBe("a drawn picture, 0 voices");
});

test("nothing on the page breaks its content security policy", async () => {
  await using stage = await BrowserStage.start(browser);
  const broken: string[] = [];
  const { page } = await stage.demo({ room: "standup", name: "Ada", picture: "1" });
  // Chromium reports every violation there.
  page.on("console", (message) => broken.push(message.text()));
  await page.reload();
  await page.getByTestId("join-button").click();
  const demo = new DemoCall(page);
  await demo.signaling("connected");
  await page.getByTestId("cut-button").click();
  await demo.signaling("resumed");
  await page.getByTestId("leave-button").click();
  await page.getByTestId("left").waitFor();
  expect(broken).toEqual([]);
  // The test itself can see a violation.
  await page
    .evaluate(() => {
      const script = document.createElement("script");
      script.src = "https://evil.example/script.js";
      document.body.append(script);
    })
    .catch(() => {});
  expect(broken.length).toBeGreaterThan(0);
});

test("the others see that the microphone is muted and the picture off, and a camera that is off is released", async () => {
  await using stage = await BrowserStage.start(browser);
  const { page: ada } = await stage.demo({ room: "standup", name: "Ada" });
  await ada.getByTestId("join-button").click();
  const { page: grace } = await stage.demo({ room: "standup", name: "Grace", auto: "1", picture: "1" });
  const seen = new DemoCall(grace);
  await seen.sees();
  const live = () =>
    ada.evaluate(() => {
      const stream = document.querySelector<HTMLVideoElement>('[data-testid="local-video"]')?.srcObject;
      return stream instanceof MediaStream
        ? stream
            .getTracks()
            .map(({ kind }) => kind)
            .sort()
        : [];
    });
  expect(await live()).toEqual(["audio", "video"]);

  await ada.getByTestId("mic-button").click();
  await grace.getByTestId("peer-muted").waitFor();
  await ada.getByTestId("camera-button").click();
  await grace.getByText("Ada has turned the picture off").waitFor();
  expect(await live(), "while the camera is off").toEqual(["audio"]);

  await ada.getByTestId("camera-button").click();
  await grace.getByText("Ada has turned the picture off").waitFor({ state: "hidden" });
  await ada.getByTestId("mic-button").click();
  await grace.getByTestId("peer-muted").waitFor({ state: "hidden" });
  await seen.decodes(10);
});

test("a page that is loaded again comes back as the same peer, and is called again", async () => {
  await using stage = await BrowserStage.start(browser);
  const { page: ada } = await stage.demo({ room: "standup", name: "Ada", picture: "1" });
  await ada.getByTestId("join-button").click();
  const { page: grace } = await stage.demo({ room: "standup", name: "Grace", auto: "1", picture: "1" });
  const seen = new DemoCall(grace);
  await seen.sees();
  await ada.reload();
  await new DemoCall(ada).sees();
  await seen.decodes(10);
  expect(await grace.getByTestId("roster-item").allTextContents()).toEqual(["GGraceyou", "AAda"]);
});
