/** The transports that are built on Connect. `joinRoom` loads this one by itself when it is given no other. */
export { type BidiTransportOptions, bidiTransport } from "./bidi-transport.ts";
export { type WebTransportOptions, webTransport } from "./web-transport.ts";
