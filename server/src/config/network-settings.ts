import { cgroupMemoryLimit } from "../net/memory-watchdog.ts";
import { connectionsFor, openFilesLimit } from "../net/open-files.ts";
import { bytes, flag, integer, integerOrAutomatic, seconds } from "./formats.ts";
import { networks } from "./lists.ts";

const mebibyte = 1024 * 1024;
const most = 10_000_000;
/** How much of the memory limit may be used before no session begins any more. */
const memoryShare = 0.8;

/** Connections, and what the clients behind them may cost. */
export const networkSettings = {
  http1IdleMs: seconds("http1-idle", {
    default: 75,
    from: 1,
    to: 3600,
    about: "how long an HTTP/1.1 connection may stay without a request",
  }),
  http2IdleMs: seconds("http2-idle", {
    default: 300,
    from: 1,
    to: 86_400,
    about: "how long an HTTP/2 connection may stay without a stream",
  }),
  webSocket: {
    pingIntervalMs: seconds("websocket-ping", {
      default: 30,
      from: 1,
      to: 3600,
      about: "how long a WebSocket client may be silent before it is pinged",
    }),
    pingTimeoutMs: seconds("websocket-ping-timeout", {
      default: 10,
      from: 1,
      to: 3600,
      about: "how long a WebSocket client may take to answer a ping",
    }),
    closeTimeoutMs: seconds("websocket-close", {
      default: 10,
      from: 0.1,
      to: 3600,
      about: "how long a WebSocket client may take to answer a close frame",
    }),
    fragments: integer("websocket-fragments", {
      default: 1024,
      from: 1,
      to: 65_536,
      about: "maximum fragments of one WebSocket message",
    }),
    pingsPerSecond: integer("websocket-pings", {
      default: 50,
      from: 1,
      to: most,
      about: "maximum pings and pongs per second from one WebSocket client",
    }),
  },
  limits: {
    trustedProxies: networks(
      "trusted-proxies",
      "addresses and networks of proxies whose X-Forwarded-For and PROXY protocol are trusted, comma-separated",
    ),
    limitLoopback: flag("limit-loopback", {
      default: false,
      about: "whether the limits per address also apply to loopback addresses",
    }),
    nodeConnections: integerOrAutomatic(
      "connections",
      {
        from: 0,
        to: most,
        about: "maximum connections to this node; 0 derives it from the limit of open files",
      },
      () => connectionsFor(openFilesLimit()),
    ),
    connections: integer("address-connections", {
      default: 3000,
      from: 1,
      to: most,
      about: "maximum connections from one address",
    }),
    sessions: integer("address-sessions", {
      default: 5000,
      from: 1,
      to: most,
      about: "maximum sessions with an open stream from one address",
    }),
    joins: {
      burst: integer("address-joins", {
        default: 1000,
        from: 1,
        to: most,
        about: "maximum joins and resumes from one address in a burst",
      }),
      perSecond: integer("address-join-rate", {
        default: 100,
        from: 1,
        to: most,
        about: "joins and resumes per second from one address after that",
      }),
    },
    handshakes: {
      burst: integer("address-handshakes", {
        default: 1000,
        from: 1,
        to: most,
        about: "maximum TLS handshakes from one address in a burst",
      }),
      perSecond: integer("address-handshake-rate", {
        default: 100,
        from: 1,
        to: most,
        about: "TLS handshakes per second from one address after that",
      }),
    },
    unprovenMs: seconds("unproven", {
      default: 30,
      from: 1,
      to: 3600,
      about: "how long a connection may stay open without ever carrying a session or a valid token",
    }),
    unprovenStreams: integer("unproven-streams", {
      default: 4,
      from: 1,
      to: 100_000,
      about: "maximum concurrent streams on a connection that has no session yet",
    }),
    heldStreams: integer("held-streams", {
      default: 4000,
      from: 0,
      to: most,
      about: "maximum streams on this node that wait because their connection has no session yet",
    }),
    unsent: {
      stallMs: seconds("write-stall", {
        default: 10,
        from: 1,
        to: 3600,
        about: "how long a client may read nothing while data waits for it",
      }),
      slowMs: seconds("write-slow", {
        default: 60,
        from: 1,
        to: 3600,
        about: "how long a client may read at less than --write-rate",
      }),
      bytesPerSecond: bytes("write-rate", {
        default: 1024,
        from: 0,
        to: mebibyte,
        about: "minimum bytes per second that a client must read",
      }),
      connectionBytes: bytes("unsent-connection-bytes", {
        default: 8 * mebibyte,
        from: 65_536,
        to: 2 ** 32,
        about: "maximum bytes that wait for the client of one connection",
      }),
      nodeBytes: bytes("unsent-node-bytes", {
        default: 256 * mebibyte,
        from: 65_536,
        to: 2 ** 40,
        about: "maximum bytes that wait for all clients together",
      }),
    },
  },
  memoryBytes: integerOrAutomatic(
    "memory-bytes",
    {
      from: 0,
      to: 2 ** 50,
      placeholder: "bytes",
      about: "memory use at which no new session begins; 0 means 80 % of the control group's limit",
    },
    () => (cgroupMemoryLimit() ?? Number.POSITIVE_INFINITY) * memoryShare,
  ),
};
