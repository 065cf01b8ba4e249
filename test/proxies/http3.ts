import { strict as assert } from "node:assert";
import { createHash, X509Certificate } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launchChromium } from "../browser/chromium.ts";
import type { Scene } from "./scene.ts";

const candidates = 20;

/**
 * Two peers of a page meet over HTTP/3: Chromium is forced to QUIC, so that nothing works if UDP does not. Both halves
 * of their sessions, `Receive` and `SendSignals`, have to go over it.
 */
export async function pagesMeetOverHttp3(scene: Scene): Promise<void> {
  const { host } = new URL(scene.url);
  const { publicKey } = new X509Certificate(scene.ca);
  const key = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  const flags = [`--origin-to-force-quic-on=${host}`, `--ignore-certificate-errors-spki-list=${key}`];
  const browser = await launchChromium(["--enable-quic", ...flags]);
  try {
    const page = await browser.newPage();
    await page.goto(`${scene.url}/healthz`);
    const entryPoints = [fileURLToPath(new URL("http3-page.ts", import.meta.url))];
    const { outputFiles } = await build({ entryPoints, bundle: true, format: "iife", write: false });
    await page.addScriptTag({ content: outputFiles[0]?.text ?? "" });
    const { received, protocols } = await page.evaluate((count) => globalThis.exchange(count), candidates);
    assert.deepEqual(
      received,
      Array.from({ length: candidates }, (_, index) => `n${index}`),
    );
    assert.deepEqual(protocols, ["Receive h3", "SendSignals h3"]);
  } finally {
    await browser.close();
  }
}
