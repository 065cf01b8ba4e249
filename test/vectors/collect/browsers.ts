import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { findProgram } from "../../../scripts/programs.ts";
import type { Vectors } from "../vector.ts";
import { playScenarios } from "./w3c-scenarios.ts";

/** As many video sections as fill 64 KB: more than a signal could once have. */
const sections = 20;

function pathOf(program: "chromium" | "firefox"): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`install ${program} first: scripts/require-system.ts`);
  return path;
}

export async function collectChromium(): Promise<Vectors> {
  const browser = await chromium.launch({ executablePath: pathOf("chromium"), args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const collected = await page.evaluate(
      playScenarios as (count: number) => ReturnType<typeof playScenarios>,
      sections,
    );
    return { stack: "Chromium", version: browser.version(), ...collected };
  } finally {
    await browser.close();
  }
}

export async function collectFirefox(): Promise<Vectors> {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: pathOf("firefox") });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    const collected = await page.evaluate(
      playScenarios as (count: number) => ReturnType<typeof playScenarios>,
      sections,
    );
    return { stack: "Firefox", version: await browser.version(), ...collected };
  } finally {
    await browser.close();
  }
}
