export type { Call, CallHandler, OpenCall, Route } from "../rpc/call.ts";
