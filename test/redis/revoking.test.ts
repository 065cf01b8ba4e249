import { expect, test } from "vitest";
import { testLimits } from "../switchboard/bench.ts";
import { RedisServer } from "./redis-server.ts";
import { openTestNodes } from "./test-nodes.ts";

/** How soon a revocation holds on every node, in milliseconds. */
const promisedMs = 2000;
const stepMs = 100;

test("a revocation reaches every other node within two seconds, by the clock of the nodes", async () => {
  await using redis = await RedisServer.start();
  const { switchboards, clock, settle, close } = await openTestNodes(redis, testLimits);
  const [one, two] = switchboards;
  const heard: string[] = [];
  two.watchRevocations((revocations) => heard.push(...revocations.map(({ name }) => name)));
  for (let round = 0; round < 5; round++) {
    const name = `alice ${round}`;
    await one.revoke({ kind: "owner", name, atMs: 5, untilMs: Date.now() + 10_000_000 });
    const revokedAt = clock.now();
    while (!heard.includes(name) && clock.now() - revokedAt < promisedMs) {
      clock.advance(stepMs);
      await settle();
    }
    expect(heard).toContain(name);
    // The next one comes at another moment of the nodes' rounds.
    clock.advance(round * 2 * stepMs);
    await settle();
  }
  await close();
});
