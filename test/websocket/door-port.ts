import { createRegistry } from "@bufbuild/protobuf";
import { SignalingService } from "@parley/contract";
import { WebSocketDoor, type WebSocketDoorOptions } from "../../server/src/doors/websocket/websocket-door.ts";
import { salvageSignal } from "../../server/src/rpc/json-salvage.ts";
import { JsonCodec } from "../../server/src/wire/json-codec.ts";
import type { PortOptions } from "../../server/src/wire/port-options.ts";
import { makeHost } from "../wire/service-host.ts";
import { WirePort } from "../wire/wire-port.ts";

/** A port with the WebSocket door alone, whose sessions have a fake clock. */
export async function doorPort(
  options: Partial<WebSocketDoorOptions> = {},
  portOptions: Partial<PortOptions> = {},
): Promise<{ readonly port: WirePort } & ReturnType<typeof makeHost>> {
  const { clock, host } = makeHost();
  const json = new JsonCodec(
    { method: SignalingService.method.signal, salvage: salvageSignal },
    createRegistry(SignalingService.file),
    10_000,
  );
  const door = new WebSocketDoor({ sessions: host, json, ...options });
  return { port: await WirePort.start({ upgrades: [door], ...portOptions }), clock, host };
}
