import { setTimeout as pause } from "node:timers/promises";
import { offerArrives, pair } from "./checks.ts";
import type { ReverseProxy } from "./proxy.ts";
import { Scene } from "./scene.ts";
import { tlsWays } from "./ways.ts";

/** No heartbeat comes in this time, from neither side. */
const quietFlags: readonly string[] = ["--heartbeat", "300"];

/** Longer than the 50 or 60 seconds after which proxies by default give a quiet stream up. */
export const quietMs = 75_000;

/** Whether streams of every kind outlast a silence, in which nothing at all passes the proxy. */
export async function outlastSilence(proxy: ReverseProxy): Promise<void> {
  await using scene = await Scene.start(proxy, [quietFlags]);
  const pairs = await Promise.all(tlsWays.map((way) => pair(scene, way)));
  await pause(quietMs);
  for (const { alice, bob } of pairs) {
    await offerArrives(alice, bob);
    await offerArrives(bob, alice);
    alice.cut();
    bob.cut();
  }
}
