import type { ConnectClient } from "./clients/bench-client.ts";
import { connectHttp1, connectHttp2, connectTcp } from "./clients/framed-clients.ts";
import { connectGrpc } from "./clients/grpc-client.ts";
import { connectPeerJs, connectSocketIo, connectWs } from "./clients/json-clients.ts";
import { connectParleyTcp } from "./clients/tcp-client.ts";
import { connectWeb } from "./clients/web-client.ts";
import { connectWebSocket } from "./clients/websocket-client.ts";

/** A server under measurement, and the client that speaks with it. */
export interface BenchKind {
  readonly title: string;
  /** The program, beside this file, and its arguments. */
  readonly server: readonly string[];
  readonly connect: ConnectClient;
}

const parley = ["../../server/src/main.ts", "serve", "--port", "0", "--page", "false", "--log-level", "warn"];

/** Everything that is measured, side by side. */
export const kinds = {
  tcp: { title: "bare TCP relay (the floor)", server: ["servers/tcp-relay.ts"], connect: connectTcp },
  tcpGathered: {
    title: "bare TCP relay, a burst in one write",
    server: ["servers/tcp-relay.ts", "--gather"],
    connect: connectTcp,
  },
  http2: { title: "bare HTTP/2 relay", server: ["servers/http2-relay.ts"], connect: connectHttp2 },
  http1: { title: "bare HTTP/1.1 relay", server: ["servers/http1-relay.ts"], connect: connectHttp1 },
  grpc: { title: "Parley over gRPC", server: parley, connect: connectGrpc },
  connectNode: {
    title: "Parley's sessions behind connect-node, over gRPC",
    server: ["servers/connect-node.ts"],
    connect: connectGrpc,
  },
  web: { title: "Parley over Receive + SendSignals", server: parley, connect: connectWeb },
  webSocket: { title: "Parley over a WebSocket", server: parley, connect: connectWebSocket },
  parleyTcp: { title: "Parley over TCP", server: parley, connect: connectParleyTcp },
  peerjs: { title: "PeerJS server", server: ["servers/peerjs.ts"], connect: connectPeerJs },
  ws: { title: "ws relay, JSON", server: ["servers/ws-relay.ts"], connect: connectWs },
  socketio: { title: "socket.io relay", server: ["servers/socket-io.ts"], connect: connectSocketIo },
} satisfies Record<string, BenchKind>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as KindName[];
