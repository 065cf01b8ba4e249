import { defineConfig } from "vitest/config";
import { FlakyReporter } from "./test/flaky-reporter.ts";

export default defineConfig({
  test: {
    reporters: ["default", new FlakyReporter()],
    include: ["server/src/**/*.test.ts", "client-web/{src,demo}/**/*.test.ts", "test/**/*.test.ts"],
    // Two cores are common where this runs, and several tests start servers and browsers.
    maxWorkers: 2,
    // They end what hangs; no test judges time by them, and a busy machine takes long to start a browser.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Long enough for a busy machine; a condition that holds ends the wait at once.
    expect: { poll: { timeout: 10_000 } },
  },
});
