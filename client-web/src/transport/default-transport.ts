import type { Clock } from "../clock.ts";
import type { SessionTransport, Via } from "../session/session-transport.ts";
import type { TransportWay } from "./auto-transport.ts";

/** How the service may be reached. */
export interface DefaultTransportOptions {
  readonly url: string | URL;
  readonly clock: Clock;
  readonly via: Via | "auto";
}

/**
 * The transport of a page that brings none, loaded. Over `http:`, where a browser speaks HTTP/1.1 and has six connections in
 * all, a WebSocket comes first; over `https:` streams do, which share one connection of HTTP/2. Polling is the last resort.
 */
export async function defaultTransport({
  url,
  clock,
  via,
}: DefaultTransportOptions): Promise<SessionTransport> {
  const websocket = webSocketWay(url);
  const stream = connectWay(url, clock, "stream");
  const poll = connectWay(url, clock, "poll");
  if (via !== "auto") return Object.assign(await { websocket, stream, poll }[via].load(), { via });
  const { AutoTransport } = await import("./auto-transport.ts");
  const order = String(url).startsWith("http:") ? [websocket, stream, poll] : [stream, websocket, poll];
  return new AutoTransport(order, clock).prepare();
}

function webSocketWay(url: string | URL): TransportWay {
  return {
    via: "websocket",
    load: async () => (await import("./websocket-transport.ts")).webSocketTransport({ url }),
  };
}

function connectWay(url: string | URL, clock: Clock, via: "stream" | "poll"): TransportWay {
  return {
    via,
    async load() {
      const { webTransport } = await import("./web-transport.ts");
      return webTransport({ url, clock, poll: via === "poll" ? "always" : "never" });
    },
  };
}
