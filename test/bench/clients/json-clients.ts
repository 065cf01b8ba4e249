import { WebSocket } from "ws";
import type { BenchClient, ClientOptions, ConnectClient, Kind } from "./bench-client.ts";

/** What is different between the servers that speak JSON over WebSocket. */
interface Dialect {
  address(options: ClientOptions): string;
  /** Answers what the server says before the peer is there; true when it is. */
  greet(text: string, peer: string, say: (text: string) => void): boolean;
  encode(peer: string, to: string, kind: Kind, text: string): string;
  /** A signal, or undefined for anything else. */
  decode(text: string): { from: string; kind: Kind; text: string } | undefined;
  /** What is said as soon as the connection is there. */
  readonly hello?: (peer: string) => string;
}

function connectJson(dialect: Dialect): ConnectClient {
  return (options) =>
    new Promise((resolve, reject) => {
      const { peer, from, received } = options;
      const socket = new WebSocket(dialect.address(options), {
        perMessageDeflate: false,
        ...(from === undefined ? {} : { localAddress: from }),
      });
      const client: BenchClient = {
        send(to, kind, texts) {
          for (const text of texts) socket.send(dialect.encode(peer, to, kind, text));
        },
        cut: () => socket.terminate(),
      };
      let there = false;
      socket.on("open", () => {
        if (dialect.hello !== undefined) socket.send(dialect.hello(peer));
      });
      socket.on("message", (data) => {
        const text = String(data);
        if (!there) {
          there = dialect.greet(text, peer, (reply) => socket.send(reply));
          if (there) resolve(client);
          return;
        }
        if (text === "2") return socket.send("3"); // the ping of Engine.IO
        const signal = dialect.decode(text);
        if (signal !== undefined) received(signal.from, signal.kind, signal.text);
      });
      socket.on("error", reject);
    });
}

interface RelayedJson {
  readonly from: string;
  readonly kind: Kind;
  readonly text: string;
}

/** A peer of the bare `ws` relay. */
export const connectWs = connectJson({
  address: ({ url }) => url.replace("http", "ws"),
  hello: (peer) => JSON.stringify({ join: peer }),
  greet: () => true,
  encode: (_peer, to, kind, text) => JSON.stringify({ to, kind, text }),
  decode: (text) => JSON.parse(text) as RelayedJson,
});

/** A peer of the PeerJS server, with the messages of its own client. */
export const connectPeerJs = connectJson({
  address: ({ url, peer }) =>
    `${url.replace("http", "ws")}/peerjs?key=peerjs&id=${peer}&token=t&version=1.5.5`,
  greet: (text) => text.includes('"OPEN"'),
  encode: (_peer, dst, kind, text) =>
    JSON.stringify({
      type: kind.toUpperCase(),
      payload: {
        [kind === "candidate" ? "candidate" : "sdp"]: text,
        type: "data",
        connectionId: "dc_1",
        label: "dc_1",
        reliable: false,
        serialization: "binary",
      },
      dst,
    }),
  decode(text) {
    const { type, src, payload } = JSON.parse(text) as {
      type: string;
      src: string;
      payload: { candidate?: string; sdp?: string };
    };
    const kind = type.toLowerCase();
    if (kind !== "offer" && kind !== "answer" && kind !== "candidate") return undefined;
    return { from: src, kind, text: payload.candidate ?? payload.sdp ?? "" };
  },
});

/** A peer of the socket.io relay: Engine.IO 4 and Socket.IO 5 by hand, as lean as can be. */
export const connectSocketIo = connectJson({
  address: ({ url, peer }) =>
    `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket&peer=${peer}`,
  greet(text, _peer, say) {
    if (text.startsWith("0")) say("40");
    return text.startsWith("40");
  },
  encode: (_peer, to, kind, text) => `42${JSON.stringify(["signal", { to, kind, text }])}`,
  decode(text) {
    if (!text.startsWith("42")) return undefined;
    return (JSON.parse(text.slice(2)) as [string, RelayedJson])[1];
  },
});
