export { Inbox } from "./inbox.ts";
export type { First, SignalInit, Status, Stream, Way } from "./way.ts";
export { ways } from "./ways.ts";
