import { connectNodeGrpc } from "../contract/ways/connect-node.ts";
import { connectWebConnect, connectWebGrpcWeb } from "../contract/ways/connect-web.ts";
import type { Way } from "../contract/ways/index.ts";
import { plainHttp } from "../contract/ways/plain-http.ts";
import { restHttp1, restHttp2 } from "../contract/ways/rest.ts";
import { tcp } from "../contract/ways/tcp.ts";
import { webSocketBinary, webSocketJson } from "../contract/ways/websocket.ts";
import { mqttWay } from "./mqtt-way.ts";

/** A transport, under the name that docs/transports.md gives it. */
export type Door = readonly [name: string, way: Way];

/** Each transport, in the forms that differ on the wire. @param broker that of the devices */
export function doorsBehind(broker: () => string): readonly Door[] {
  return [
    ["gRPC", connectNodeGrpc],
    ["gRPC-Web", connectWebGrpcWeb],
    ["Connect", connectWebConnect],
    ["JSON", plainHttp],
    ["WebSocket", webSocketBinary],
    ["WebSocket JSON", webSocketJson],
    ["REST HTTP/1.1", restHttp1],
    ["REST HTTP/2", restHttp2],
    ["TCP", tcp],
    ["MQTT", mqttWay(broker)],
  ];
}
