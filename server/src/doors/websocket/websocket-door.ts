import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { reasonOfFault } from "../../rpc/call-error.ts";
import type { SessionContext } from "../../session/session-context.ts";
import { Flusher } from "../../wire/flusher.ts";
import { forwardedFor } from "../../wire/http-exchange.ts";
import type { JsonCodec } from "../../wire/json-codec.ts";
import type { Upgrade, UpgradeDoor } from "../../wire/upgrade-door.ts";
import { WireFault } from "../../wire/wire-error.ts";
import { createBacklog } from "../reading-turns.ts";
import type { WebSocketLimits } from "./frame-connection.ts";
import { accept, handshakeFault, refuse } from "./handshake.ts";
import { chooseSubprotocol, offeredSubprotocols, subprotocols } from "./subprotocol.ts";
import { type StreamContext, WebSocketStream } from "./websocket-stream.ts";

/** Where the door is. */
const webSocketPath = "/v1/signal";

export interface WebSocketDoorOptions {
  readonly sessions: SessionContext;
  /** Reads and writes `parley.v1.json`. */
  readonly json: JsonCodec;
  readonly limits: WebSocketLimits;
}

const unknownSubprotocol = new WireFault("encoding", `the subprotocol is none of ${subprotocols.join(", ")}`);

/** `Signal` over a WebSocket. */
export class WebSocketDoor implements UpgradeDoor {
  readonly #options: WebSocketDoorOptions;
  readonly #flusher = new Flusher();
  readonly #backlog = createBacklog();
  /** Made with the first stream: timers and the watch over unsent bytes are the port's. */
  #context: StreamContext | undefined;
  /** The streams without a session. */
  readonly #unsettled = new Set<WebSocketStream>();

  constructor(options: WebSocketDoorOptions) {
    this.#options = options;
  }

  takes({ method, url = "", headers }: IncomingMessage): boolean {
    if (method !== "GET" || headers.upgrade?.toLowerCase() !== "websocket") return false;
    return pathOf(url) === webSocketPath;
  }

  open({ request, socket, head, connection, writes, timers, fault: refused }: Upgrade): void {
    const broken = handshakeFault(request);
    if (broken !== undefined) return refuse(socket, broken);
    const { headers } = request;
    const offered = offeredSubprotocols(headers["sec-websocket-protocol"]);
    const chosen = chooseSubprotocol(offered);
    accept(socket, request, chosen);
    const { sessions, json, limits } = this.#options;
    this.#context ??= { sessions, limits, flusher: this.#flusher, backlog: this.#backlog, timers, writes };
    const stream = new WebSocketStream(this.#context, {
      socket,
      connection,
      caller: connection.callerOf(forwardedFor(headers)),
      authorization: headers.authorization,
      json: chosen === "parley.v1.proto" ? undefined : json,
      onSettled: this.#settled,
    });
    this.#unsettled.add(stream);
    const fault = refused ?? (offered.size > 0 && chosen === undefined ? unknownSubprotocol : undefined);
    // Pages cannot see why an upgrade failed, but they can see why a socket was closed.
    if (fault !== undefined) stream.end({ reason: reasonOfFault(fault.kind), message: fault.message });
    if (head.byteLength > 0) stream.take(head);
  }

  close(): void {
    for (const stream of [...this.#unsettled]) stream.goAway();
  }

  readonly #settled = (stream: WebSocketStream): void => {
    this.#unsettled.delete(stream);
  };
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
