import { expect, test } from "vitest";
import { until } from "../../kit/until.ts";
import { type Actor, offer } from "../stage/actor.ts";
import { Stage } from "../stage/stage.ts";
import { ways } from "../ways/index.ts";

/** Far longer than a busy machine needs, in milliseconds. */
const stormMs = 60_000;

test.each(ways.filter(({ name }) => /^(gRPC with|WebSocket|HTTP)/.test(name)))(
  "a room of 64 peers of one address renegotiates all links at once, at the defaults: $name",
  async (way) => {
    await using stage = await Stage.start(way, ["--limit-loopback", "true"]);
    const peers: Actor[] = [];
    for (let index = 0; index < 64; index++) peers.push(await stage.join(`peer-${index}`));
    const offersTo = (sender: Actor) =>
      peers.filter((peer) => peer !== sender).map((peer) => offer(peer, sender.name));
    await Promise.all(peers.map((peer) => peer.send(...offersTo(peer))));
    const kinds = (kind: string) =>
      peers.map(({ responses }) => responses.filter(({ body }) => body.case === kind).length);
    await until(
      () => kinds("offer").every((count) => count === 63),
      () => `all offers; there are ${kinds("offer")}`,
      stormMs,
    );
    expect(kinds("rejected")).toEqual(peers.map(() => 0));
  },
  stormMs * 2,
);
