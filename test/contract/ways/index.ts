export type { Status } from "./status.ts";
export type { Bearer, First, SignalInit, Stream, Way } from "./way.ts";
export { ways } from "./ways.ts";
