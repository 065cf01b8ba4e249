import { expect, test } from "vitest";
import { iceCandidate } from "../contract/stage/actor.ts";
import { joinOf } from "../contract/stage/stage.ts";
import { grpcJs } from "../contract/ways/grpc-js.ts";
import { TcpProxy } from "../kit/tcp-proxy.ts";
import { startNode } from "../proxies/parley-node.ts";
import { RedisServer } from "./redis-server.ts";

const patience = { timeout: 10_000, interval: 50 };

test("a node that loses Redis keeps its streams and reports that it is not ready, until Redis is back", async () => {
  await using parts = new AsyncDisposableStack();
  const redis = parts.use(await RedisServer.start());
  const network = parts.use(await TcpProxy.start(() => [redis.port]));
  const node = parts.use(await startNode("one", ["--redis-url", `redis://127.0.0.1:${network.port}`]));
  const readiness = async () => {
    const response = await fetch(`${node.url}/readyz`);
    return [response.status, (await response.text()).trim()];
  };
  const join = async (name: string) => {
    const { inbox, send, cut } = grpcJs.open(node.url, { case: "join", ...joinOf(name) });
    parts.defer(() => cut());
    expect(await inbox.next()).toMatchObject({ body: { case: "welcome" } });
    return { inbox, send };
  };
  const [ada, grace] = [await join("ada"), await join("grace")];
  expect(await readiness()).toEqual([200, "ready"]);

  expect(network.down(), "links that were cut").toBe(2);
  await ada.send("", { seq: 1, ...iceCandidate("grace", "n1") });
  await expect.poll(readiness, patience).toEqual([503, expect.stringMatching(/^storage: Redis is silent/)]);
  expect((await fetch(`${node.url}/healthz`)).status).toBe(200);

  network.up();
  expect(await grace.inbox.next()).toMatchObject({ seq: 1, sender: "ada", body: { case: "iceCandidate" } });
  await expect.poll(readiness, patience).toEqual([200, "ready"]);
});
