import { createRegistry } from "@bufbuild/protobuf";
import { SignalingService } from "@parley/contract";
import type { WebSocketLimits } from "../../server/src/doors/websocket/frame-connection.ts";
import { WebSocketDoor } from "../../server/src/doors/websocket/websocket-door.ts";
import { salvageSignal } from "../../server/src/rpc/json-salvage.ts";
import { JsonCodec } from "../../server/src/wire/json-codec.ts";
import type { PortOptions } from "../../server/src/wire/port-options.ts";
import { makeHost } from "../wire/service-host.ts";
import { WirePort } from "../wire/wire-port.ts";

const defaults: WebSocketLimits = {
  pingIntervalMs: 30_000,
  pingTimeoutMs: 10_000,
  closeTimeoutMs: 10_000,
  fragments: 1024,
  pingsPerSecond: 50,
};

/** A port with the WebSocket door alone, whose sessions have a fake clock. */
export async function doorPort(
  limits: Partial<WebSocketLimits> = {},
  portOptions: Partial<PortOptions> = {},
): Promise<{ readonly port: WirePort } & ReturnType<typeof makeHost>> {
  const { clock, host } = makeHost();
  const json = new JsonCodec(
    { method: SignalingService.method.signal, salvage: salvageSignal },
    createRegistry(SignalingService.file),
    10_000,
  );
  const door = new WebSocketDoor({ sessions: host, json, limits: { ...defaults, ...limits } });
  return { port: await WirePort.start({ upgrades: [door], ...portOptions }), clock, host };
}
