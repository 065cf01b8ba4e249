/**
 * Runs the service behind real reverse proxies, each with its configuration of deploy/proxies/, and checks what
 * the contract promises through them, in every protocol. A proxy that is not installed is named.
 *
 *     npm run proxies [-- caddy nginx haproxy envoy]
 */

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { findProgram } from "../../scripts/programs.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { caddy } from "./caddy.ts";
import { checks, nodeFlags } from "./checks.ts";
import { envoy } from "./envoy.ts";
import { haproxy, haproxyTcp } from "./haproxy.ts";
import { pagesMeetOverHttp3 } from "./http3.ts";
import { holdManySessions } from "./many-sessions.ts";
import { nginx, nginxStream } from "./nginx.ts";
import { pagesAreRecognized, tlsIsInsistedOn } from "./pages.ts";
import { get, type ReverseProxy } from "./proxy.ts";
import { outlastSilence, quietMs } from "./quiet.ts";
import { Scene } from "./scene.ts";
import { tcp } from "./tcp-way.ts";
import { checksOfTwoNodes, twoNodes } from "./two-nodes.ts";
import { tlsWays } from "./ways.ts";

const proxies: readonly ReverseProxy[] = [caddy, nginx, haproxy, envoy];
let failures = 0;

/** Does one thing and prints how it went. */
async function step(name: string, run: () => Promise<void>): Promise<void> {
  const start = performance.now();
  try {
    await run();
    console.log(`  ok    ${name} (${Math.round(performance.now() - start)} ms)`);
  } catch (error) {
    failures++;
    console.log(`  FAIL  ${name}\n        ${error instanceof Error ? error.stack : error}`);
  }
}

async function servesOneNode(proxy: ReverseProxy): Promise<void> {
  await using scene = await Scene.start(proxy, [nodeFlags]);
  console.log(`\n${proxy.name}, one node`);
  await step("what is no RPC passes as well", async () => {
    assert.equal(await get(`${scene.url}/healthz`, scene.ca), 200);
    assert.equal(await get(`${scene.url}/no-such-page`, scene.ca), 404);
  });
  await step("pages of the service are recognized, and others are refused", () => pagesAreRecognized(scene));
  await step("browsers are asked to insist on TLS, but not on localhost", () => tlsIsInsistedOn(scene));
  await step(`${proxy.sessionsPerChannel} sessions share one channel`, () =>
    holdManySessions(scene, proxy.sessionsPerChannel),
  );
  if (proxy.http3) await step("two pages meet over HTTP/3", () => pagesMeetOverHttp3(scene));
  for (const way of tlsWays) {
    console.log(`\n${proxy.name}, one node: ${way.name}`);
    for (const check of checks) await step(check.promise, () => check.run(scene, way));
  }
}

async function servesTwoNodes(proxy: ReverseProxy): Promise<void> {
  await using redis = await RedisServer.start();
  await using scene = await Scene.start(proxy, twoNodes(redis.url));
  for (const way of tlsWays) {
    console.log(`\n${proxy.name}, two nodes on one Redis: ${way.name}`);
    for (const check of checksOfTwoNodes) await step(check.promise, () => check.run(scene, way));
  }
}

/** Devices behind a proxy that ends TLS and passes the rest on, with the PROXY protocol. */
async function servesDevices(proxy: ReverseProxy): Promise<void> {
  const trusting = ["--trusted-proxies", "127.0.0.1"];
  await using redis = await RedisServer.start();
  const one = await Scene.start(proxy, [[...nodeFlags, ...trusting]]);
  try {
    console.log(`\n${proxy.name}, one node: ${tcp.name}`);
    for (const check of checks) await step(check.promise, () => check.run(one, tcp));
  } finally {
    await one[Symbol.asyncDispose]();
  }
  await using two = await Scene.start(
    proxy,
    twoNodes(redis.url).map((flags) => [...flags, ...trusting]),
  );
  console.log(`\n${proxy.name}, two nodes on one Redis: ${tcp.name}`);
  for (const check of checksOfTwoNodes) await step(check.promise, () => check.run(two, tcp));
}

/** Whether the program is there; prints its version, or that it is not. */
function isInstalled({ name, program, package: bringer, versionArgument }: ReverseProxy): boolean {
  const path = findProgram(program);
  if (path === undefined) {
    console.log(`${name}: not installed, not checked; it comes with ${bringer}`);
    return false;
  }
  const { stdout, stderr } = spawnSync(path, [versionArgument], { encoding: "utf8" });
  console.log(`${name}: ${`${stdout}${stderr}`.trim().split("\n")[0]}`);
  return true;
}

const known = proxies.map(({ program }) => program);
const chosen = process.argv.slice(2);
for (const program of chosen.filter((name) => !known.includes(name)))
  throw new Error(`${program} is none of ${known.join(", ")}`);
const installed = proxies
  .filter(({ program }) => chosen.length === 0 || chosen.includes(program))
  .filter(isInstalled);
for (const proxy of installed) {
  await servesOneNode(proxy);
  await servesTwoNodes(proxy);
  if (proxy === haproxy) await servesDevices(haproxyTcp);
  if (proxy === nginx) await servesDevices(nginxStream);
}

console.log(`\n${quietMs / 1000} seconds of silence on streams of every kind, behind all at the same time`);
await Promise.all(installed.map((proxy) => step(proxy.name, () => outlastSilence(proxy))));

console.log(failures === 0 ? "\nAll hold." : `\n${failures} failed.`);
process.exitCode = failures > 0 || installed.length === 0 ? 1 : 0;
