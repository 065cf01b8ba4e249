/** The transport over a WebSocket, for pages over plain HTTP and for everything that has a `WebSocket`. */
export { type WebSocketTransportOptions, webSocketTransport } from "./transport/websocket-transport.ts";
