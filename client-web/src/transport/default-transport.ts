import type { Clock } from "../clock.ts";
import type { Via } from "../session/session-transport.ts";
import { AutoTransport, type TransportWay } from "./auto-transport.ts";

/** How the service may be reached. */
export interface DefaultTransportOptions {
  readonly url: string | URL;
  readonly clock: Clock;
  readonly via: Via | "auto";
}

/**
 * The transport of a page that chooses none. Over `http:`, where a browser speaks HTTP/1.1 and has six connections in all,
 * a WebSocket comes first; over `https:` streams do, which share one connection of HTTP/2. Polling is the last resort.
 */
export function defaultTransport({ url, clock, via }: DefaultTransportOptions): AutoTransport {
  const webSocket: TransportWay = {
    via: "websocket",
    load: async () => (await import("./websocket-transport.ts")).webSocketTransport({ url }),
  };
  const connect = (via: "stream" | "poll"): TransportWay => ({
    via,
    async load() {
      const { webTransport } = await import("./web-transport.ts");
      return webTransport({ url, clock, poll: via === "poll" ? "always" : "never" });
    },
  });
  const [stream, poll] = [connect("stream"), connect("poll")];
  if (via !== "auto") return new AutoTransport([{ websocket: webSocket, stream, poll }[via]], clock);
  const isPlain = String(url).startsWith("http:");
  return new AutoTransport(isPlain ? [webSocket, stream, poll] : [stream, webSocket, poll], clock);
}
