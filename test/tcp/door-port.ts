import { TcpDoor, type TcpDoorOptions } from "../../server/src/doors/tcp/tcp-door.ts";
import type { SessionSettings } from "../../server/src/session/session-context.ts";
import type { PortOptions } from "../../server/src/wire/port-options.ts";
import { makeHost } from "../wire/service-host.ts";
import { WirePort } from "../wire/wire-port.ts";

/** A port with the TCP door beside HTTP, whose sessions have a fake clock. */
export async function doorPort({
  options = {},
  port = {},
  figures = {},
}: {
  readonly options?: Partial<TcpDoorOptions>;
  readonly port?: Partial<PortOptions>;
  readonly figures?: Partial<SessionSettings>;
} = {}): Promise<{ readonly port: WirePort } & ReturnType<typeof makeHost>> {
  const { clock, host } = makeHost(figures);
  const door = new TcpDoor({ sessions: host, ...options });
  return { port: await WirePort.start({ connections: [door], ...port }), clock, host };
}
