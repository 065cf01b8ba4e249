import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { bidiTransport, webTransport } from "../../client-web/src/connect.ts";
import type { SessionTransport } from "../../client-web/src/index.ts";
import { webSocketTransport } from "../../client-web/src/websocket.ts";
import { restTransport } from "./rest-transport.ts";
import { tcpTransport } from "./tcp-transport.ts";

/** How a peer comes into the service: one gRPC stream, the two halves of a web page, a WebSocket, TCP, or plain requests. */
export type Way = "gRPC" | "web" | "WebSocket" | "TCP" | "REST";

/** The same, or as a device at a broker. */
export type PeerWay = Way | "MQTT";

export function transportOf(way: Way, url: string, random: () => number = Math.random): SessionTransport {
  if (way === "WebSocket") return webSocketTransport({ url });
  if (way === "REST") return restTransport(url, random);
  if (way === "TCP") return tcpTransport(url);
  return way === "web" ? webTransport({ url, poll: "never" }) : freshGrpcTransport(url);
}

/** Whether a session is on no node for long: each poll may reach another. */
export function roams(way: PeerWay): boolean {
  return way === "REST";
}

/** gRPC with a connection of its own for each stream, so that a new stream may reach another node. */
function freshGrpcTransport(url: string): SessionTransport {
  const connect = () => {
    const sessionManager = new Http2SessionManager(url);
    const transport = bidiTransport({ transport: createGrpcTransport({ baseUrl: url, sessionManager }) });
    return { transport, close: () => sessionManager.abort() };
  };
  return {
    open(init) {
      const { transport, close } = connect();
      const stream = transport.open({
        ...init,
        response: (response) => init.response(response),
        resume: () => init.resume(),
        held: () => init.held(),
        end(error) {
          close();
          init.end(error);
        },
      });
      return {
        send: (batch, signal) => stream.send(batch, signal),
        close() {
          stream.close();
          close();
        },
      };
    },
    async sendLast(token, batch, accessToken) {
      const { transport, close } = connect();
      try {
        await transport.sendLast(token, batch, accessToken);
      } finally {
        close();
      }
    },
  };
}
