/** The transports that are built on Connect. `joinRoom` loads this one by itself when it is given no other. */
export { type BidiTransportOptions, bidiTransport } from "./transport/bidi-transport.ts";
export { type WebTransportOptions, webTransport } from "./transport/web-transport.ts";
