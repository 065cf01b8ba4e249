import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { WebSocketServer } from "ws";
import { reasonOfFault } from "../../rpc/call-error.ts";
import type { SessionContext } from "../../session/session-context.ts";
import { Flusher } from "../../wire/flusher.ts";
import { forwardedFor } from "../../wire/http-exchange.ts";
import { type JsonCodec, jsonPerBinary } from "../../wire/json-codec.ts";
import type { Upgrade, UpgradeDoor } from "../../wire/upgrade-door.ts";
import { WireFault } from "../../wire/wire-error.ts";
import type { KeepaliveTimes } from "./keepalive.ts";
import { SignalSocket } from "./signal-socket.ts";
import { chooseSubprotocol, offeredSubprotocols, type Subprotocol, subprotocols } from "./subprotocol.ts";
import { type StreamContext, WebSocketStream } from "./websocket-stream.ts";

/** Where the door is. */
const webSocketPath = "/v1/signal";

export interface WebSocketDoorOptions extends Partial<KeepaliveTimes> {
  readonly sessions: SessionContext;
  /** Reads and writes `parley.v1.json`. */
  readonly json: JsonCodec;
  /** How long a client may take to answer a close frame, in milliseconds. Default 10 s. */
  readonly closeTimeoutMs?: number;
}

/** How many fragments a message may come in. No client of ours sends any; a proxy may. */
const mostFragments = 1024;

const unknownSubprotocol = new WireFault("encoding", `the subprotocol is none of ${subprotocols.join(", ")}`);

/** `Signal` over a WebSocket. */
export class WebSocketDoor implements UpgradeDoor {
  readonly #context: StreamContext;
  readonly #json: JsonCodec;
  readonly #servers: Readonly<Record<Subprotocol, ReturnType<typeof createServer>>>;
  /** The streams without a session. */
  readonly #unsettled = new Set<WebSocketStream>();

  constructor({ sessions, json, closeTimeoutMs = 10_000, ...times }: WebSocketDoorOptions) {
    const keepalive = { pingIntervalMs: 30_000, pingTimeoutMs: 10_000, ...times };
    this.#context = { sessions, flusher: new Flusher(), keepalive };
    this.#json = json;
    const { messageBytes } = sessions.settings;
    this.#servers = {
      "parley.v1.proto": createServer(messageBytes, closeTimeoutMs),
      "parley.v1.json": createServer(Math.floor(messageBytes * jsonPerBinary), closeTimeoutMs),
    };
  }

  takes({ method, url = "", headers }: IncomingMessage): boolean {
    if (method !== "GET" || headers.upgrade?.toLowerCase() !== "websocket") return false;
    return pathOf(url) === webSocketPath;
  }

  open(upgrade: Upgrade): void {
    const { request, socket, head, connection, timers } = upgrade;
    const offered = offeredSubprotocols(request.headers["sec-websocket-protocol"]);
    const chosen = chooseSubprotocol(offered);
    const fault =
      upgrade.fault ?? (offered.size > 0 && chosen === undefined ? unknownSubprotocol : undefined);
    const subprotocol = chosen ?? "parley.v1.json";
    const bytesBefore = socket.bytesRead - head.byteLength;
    this.#servers[subprotocol].handleUpgrade(request, socket, head, (webSocket) => {
      const { headers } = request;
      const stream = new WebSocketStream(this.#context, {
        webSocket,
        socket,
        connection,
        writes: upgrade.writes,
        caller: connection.callerOf(forwardedFor(headers)),
        authorization: headers.authorization,
        bytesBefore,
        json: subprotocol === "parley.v1.json" ? this.#json : undefined,
        timers,
        onSettled: this.#settled,
      });
      this.#unsettled.add(stream);
      // Pages cannot see why an upgrade failed, but they can see why a socket was closed.
      if (fault !== undefined) stream.end({ reason: reasonOfFault(fault.kind), message: fault.message });
    });
  }

  close(): void {
    for (const stream of [...this.#unsettled]) stream.goAway();
  }

  readonly #settled = (stream: WebSocketStream): void => {
    this.#unsettled.delete(stream);
  };
}

function createServer(maxPayload: number, closeTimeout: number) {
  // The types of `ws` do not know these yet.
  const limits = { maxFragments: mostFragments, closeTimeout };
  return new WebSocketServer<typeof SignalSocket>({
    ...limits,
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload,
    handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
    WebSocket: SignalSocket,
  });
}

function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/** Answers a request for the door that asks for no upgrade; false if it is for something else. */
export function answerWithoutUpgrade(request: IncomingMessage, response: ServerResponse): boolean {
  if (pathOf(request.url ?? "") !== webSocketPath) return false;
  const headers: OutgoingHttpHeaders = { "content-type": "text/plain" };
  // HTTP/2 has neither header.
  if (request.httpVersionMajor === 1) Object.assign(headers, { upgrade: "websocket", connection: "upgrade" });
  response.writeHead(426, headers);
  response.end("this is a WebSocket: see docs/transports.md\n");
  return true;
}
