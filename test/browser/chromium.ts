import { type Browser, chromium } from "playwright-core";
import { findProgram } from "../../scripts/programs.ts";

/** How long a test may take that has a page or more, in milliseconds: other tests run beside it. */
export const testTimeoutMs = 60_000;

/** Starts Chromium, with a camera and a microphone that are always there. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) throw new Error("install chromium first: scripts/require-system.ts");
  return chromium.launch({
    executablePath,
    args: [
      // Nothing but the pages of the tests is opened: the sandbox, which root has none of, is not missed.
      "--no-sandbox",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--disable-background-networking",
    ],
  });
}
