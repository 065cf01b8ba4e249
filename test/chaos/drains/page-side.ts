/** Peers in a page: over HTTP/2 they share its connection. */
import { webTransport } from "../../../client-web/src/connect.ts";
import { CallingPeer } from "../calling-peer.ts";
import type { PeerEvent } from "../peer-event.ts";

declare global {
  var record: (event: PeerEvent) => void;
  var crowd: { join(names: readonly string[]): Promise<void>; nodes(): string[]; quiet(): void };
}

let peers: CallingPeer[] = [];

globalThis.crowd = {
  async join(names) {
    peers = names.map((name, index) => {
      const transport = webTransport({ url: location.origin, poll: "never" });
      const room = `${names[0]}-${index >> 1}`;
      return new CallingPeer({
        name,
        room,
        transport,
        pauseMs: 400,
        random: Math.random,
        record: globalThis.record,
        write: () => {},
      });
    });
    await Promise.all(peers.map((peer) => peer.join()));
    for (const peer of peers) peer.begin();
  },
  nodes: () => peers.map(({ node }) => node),
  quiet() {
    for (const peer of peers) peer.quiet();
  },
};
