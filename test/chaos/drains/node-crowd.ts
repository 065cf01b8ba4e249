import { CallingPeer } from "../calling-peer.ts";
import { randomFrom } from "../random.ts";
import type { SharedChannel } from "./channel-transports.ts";
import type { Crowd, Place } from "./crowd.ts";

const rooms = 3;
const pauseMs = 400;

/** Peers in pairs, all over one channel. */
export function nodeCrowd(
  name: string,
  place: Place,
  open: (url: string, ca: string) => SharedChannel,
): Crowd {
  const channel = open(place.url, place.ca);
  const random = randomFrom(1);
  const peers = Array.from({ length: 2 * rooms }, (_, index) => {
    return new CallingPeer({
      name: `${name}-${index}`,
      room: `${name}-${index >> 1}`,
      transport: channel.transport,
      pauseMs,
      random,
      record: place.record,
      write: () => {},
    });
  });
  return {
    name,
    peers: peers.map((_, index) => `${name}-${index}`),
    async join() {
      await Promise.all(peers.map((peer) => peer.join()));
      for (const peer of peers) peer.begin();
    },
    nodes: async () => peers.map(({ node }) => node),
    async quiet() {
      for (const peer of peers) peer.quiet();
    },
    async [Symbol.asyncDispose]() {
      channel[Symbol.dispose]();
    },
  };
}
