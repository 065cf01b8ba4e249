import { connectNodeConnect, connectNodeGrpc, connectNodeJson } from "./connect-node.ts";
import { connectWebConnect, connectWebGrpcWeb, connectWebGrpcWebText } from "./connect-web.ts";
import { grpcJs } from "./grpc-js.ts";
import { plainHttp } from "./plain-http.ts";
import { restHttp1, restHttp2 } from "./rest.ts";
import { tcp } from "./tcp.ts";
import type { Way } from "./way.ts";
import { webSocketBinary, webSocketJson } from "./websocket.ts";

/** Every way into the service. */
export const ways: readonly Way[] = [
  grpcJs,
  connectNodeGrpc,
  connectNodeConnect,
  connectNodeJson,
  connectWebConnect,
  connectWebGrpcWeb,
  connectWebGrpcWebText,
  plainHttp,
  webSocketBinary,
  webSocketJson,
  restHttp1,
  restHttp2,
  tcp,
];
