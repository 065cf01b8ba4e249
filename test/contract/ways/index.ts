export { connectNodeConnect, connectNodeGrpc, connectNodeJson } from "./connect-node.ts";
export { connectWebConnect, connectWebGrpcWeb } from "./connect-web.ts";
export { grpcJs } from "./grpc-js.ts";
export { plainHttp } from "./plain-http.ts";
export type { First, SignalInit, Status, Stream, Way } from "./way.ts";
