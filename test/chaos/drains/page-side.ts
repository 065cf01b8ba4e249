/** Peers in a page: over HTTP/2 they share its connection. */
import { webTransport } from "../../../client-web/src/connect.ts";
import { CallingPeer } from "../calling-peer.ts";
import type { ClientLine } from "../history/line.ts";
import type { PeerEvent } from "../peer-event.ts";

declare global {
  var record: (event: PeerEvent) => void;
  var write: (line: ClientLine) => void;
  var crowd: {
    /** @param rooms has the room of each peer. */
    join(rooms: Readonly<Record<string, string>>): Promise<void>;
    nodes(): string[];
    quiet(): void;
  };
}

let peers: CallingPeer[] = [];

globalThis.crowd = {
  async join(rooms) {
    const { record, write } = globalThis;
    peers = Object.entries(rooms).map(([name, room]) => {
      const transport = webTransport({ url: location.origin, poll: "never" });
      return new CallingPeer({ name, room, transport, pauseMs: 400, random: Math.random, record, write });
    });
    await Promise.all(peers.map((peer) => peer.join()));
    for (const peer of peers) peer.begin();
  },
  nodes: () => peers.map(({ node }) => node),
  quiet() {
    for (const peer of peers) peer.quiet();
  },
};
