export { Inbox } from "./inbox.ts";
export type { Bearer, First, SignalInit, Status, Stream, Way } from "./way.ts";
export { ways } from "./ways.ts";
