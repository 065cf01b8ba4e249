import { CallingPeer } from "../calling-peer.ts";
import { randomFrom } from "../random.ts";
import type { SharedChannel } from "./channel-transports.ts";
import { type Crowd, type Place, pairs } from "./crowd.ts";

const pauseMs = 400;

/** Peers in pairs, all over one channel. */
export function nodeCrowd(
  name: string,
  place: Place,
  open: (url: string, ca: string) => SharedChannel,
): Crowd {
  const channel = open(place.url, place.ca);
  const random = randomFrom(1);
  const rooms = pairs(Array.from({ length: 6 }, (_, index) => `${name}-${index}`));
  const { record, write } = place;
  const peers = Object.entries(rooms).map(
    ([name, room]) =>
      new CallingPeer({ name, room, transport: channel.transport, pauseMs, random, record, write }),
  );
  return {
    name,
    peers: Object.keys(rooms),
    rooms,
    async join() {
      await Promise.all(peers.map((peer) => peer.join()));
      for (const peer of peers) peer.begin();
    },
    nodes: async () => peers.map(({ node }) => node),
    async quiet() {
      for (const peer of peers) peer.quiet();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(peers.map((peer) => peer.leave()));
      channel[Symbol.dispose]();
    },
  };
}
