import type { ConnectError } from "@connectrpc/connect";
import { Reason, SignalingService } from "@parley/contract";
import { parleyError } from "../../errors/parley-error.ts";
import type { OpenCall } from "../../rpc/call.ts";
import { nameOf } from "../../switchboard/hidden.ts";
import { roomOfLobby } from "../../switchboard/lobby.ts";
import { parseToken } from "../../switchboard/session-token.ts";
import type { Timers } from "../../time/timers.ts";
import type { ExchangeDoor } from "../../wire/exchange-door.ts";
import { type HttpExchange, headerOf } from "../../wire/http-exchange.ts";
import type { Endpoint, WireContext } from "../../wire/wire-call.ts";
import { WireFault } from "../../wire/wire-error.ts";
import { EventStreamCall } from "../sse/event-stream-call.ts";
import { type Accepted, acceptedBy } from "./accept.ts";
import { nonceOfKey } from "./nonce.ts";
import { peerFault, roomFault } from "./path-name.ts";
import { PollCall } from "./poll-call.ts";
import { answerProblem } from "./problem.ts";
import { Query, readUint32 } from "./query.ts";
import { decodeName, openApiPath, type Resource, resourceAt, splitTarget } from "./resource.ts";
import type { RestRequest } from "./rest-call.ts";
import {
  batchRequest,
  joinRequest,
  leaveRequest,
  metadataRequest,
  type RestCodecs,
  resumeRequest,
} from "./rest-requests.ts";
import { type SendAnswer, SendCall } from "./send-call.ts";
import { sendJson } from "./send-json.ts";

export interface RestDoorOptions {
  /** Serve `Receive` and `SendSignals`, here as elsewhere. */
  readonly receive: OpenCall;
  readonly sendSignals: OpenCall;
  readonly codecs: RestCodecs;
  readonly wire: WireContext;
  readonly timers: Timers;
  /** The description of this door, in JSON. */
  readonly openApi: string;
}

const sessionHeader = "parley-session";

type KnownResource = Exclude<Resource, { readonly kind: "unknown" }>;

/** Which methods of HTTP a resource has. */
const methods: Readonly<Record<KnownResource["kind"], readonly string[]>> = {
  openapi: ["GET", "HEAD"],
  peers: ["POST"],
  peer: ["DELETE"],
  signals: ["GET", "POST"],
  metadata: ["PUT"],
};

/** `/v1/rooms/…`: a session over plain requests and streams of events. Each is a call of `Receive` or `SendSignals`. */
export class RestDoor implements ExchangeDoor {
  readonly #options: RestDoorOptions;
  readonly #receive: Endpoint;
  readonly #sendSignals: Endpoint;

  constructor(options: RestDoorOptions) {
    const { receive, sendSignals, wire: context } = options;
    const { method } = SignalingService;
    this.#options = options;
    // What is JSON here is not the message itself: these calls take and give binary.
    this.#receive = { method: method.receive, open: receive, json: undefined, context };
    this.#sendSignals = { method: method.sendSignals, open: sendSignals, json: undefined, context };
  }

  takes({ target }: Pick<HttpExchange, "target">): boolean {
    return resourceAt(splitTarget(target).path) !== undefined;
  }

  serve(exchange: HttpExchange, fault: WireFault | undefined): void {
    try {
      if (fault !== undefined) throw fault;
      const { path, query } = splitTarget(exchange.target);
      const resource = resourceAt(path);
      if (resource !== undefined) this.#serve(exchange, resource, new Query(query));
    } catch (thrown) {
      if (!(thrown instanceof WireFault)) throw thrown;
      answerProblem(exchange, this.#options.wire.faultError(thrown));
    }
  }

  #serve(exchange: HttpExchange, resource: Resource, query: Query): void {
    if (resource.kind === "unknown") return this.#refusePath(exchange);
    const { method } = exchange;
    if (!methods[resource.kind].includes(method)) return this.#refuseMethod(exchange, resource);
    if (resource.kind === "openapi") return sendJson(exchange, 200, this.#options.openApi);
    const room = decodeName(resource.room);
    const badRoom = roomFault(room);
    if (badRoom !== undefined) return answerProblem(exchange, badRoom);
    if (resource.kind === "peers") return this.#join(exchange, room);
    const peer = decodeName(resource.peer);
    const token = headerOf(exchange, sessionHeader) ?? "";
    const failure = peerFault(peer) ?? tokenFault(token, room, peer);
    if (failure !== undefined) return answerProblem(exchange, failure);
    if (method === "GET") return this.#resume(exchange, token, query);
    const { codecs } = this.#options;
    if (method === "POST") this.#send(exchange, batchRequest(codecs, token), "batch");
    else if (method === "PUT")
      this.#send(exchange, metadataRequest(codecs, token, query.uint32("seq")), "single");
    else this.#send(exchange, leaveRequest(token, query.uint32("seq")), "empty");
  }

  #join(exchange: HttpExchange, room: string): void {
    const accepted = acceptedBy(headerOf(exchange, "accept"));
    if (accepted === undefined) return this.#refuseAccept(exchange);
    const key = headerOf(exchange, "idempotency-key");
    const nonce = key === null ? undefined : nonceOfKey(key);
    const request = joinRequest(this.#options.codecs, { room, nonce, poll: accepted === "json" });
    this.#attach(exchange, request, accepted, { room });
  }

  #resume(exchange: HttpExchange, sessionToken: string, query: Query): void {
    const accepted = acceptedBy(headerOf(exchange, "accept"));
    if (accepted === undefined) return this.#refuseAccept(exchange);
    const last = headerOf(exchange, "last-event-id") ?? "";
    const resume = {
      sessionToken,
      // An event stream is opened again at the same address, whose `after` is old by then.
      lastSeq: last === "" ? query.uint32("after") : readUint32("Last-Event-ID", last),
      ackedSeq: query.uint32("acked"),
      rosterVersion: query.uint32("roster"),
      attempt: query.uint32("attempt"),
    };
    const waitMs = query.seconds("wait");
    this.#attach(exchange, resumeRequest(resume, accepted === "json"), accepted, { waitMs });
  }

  #attach(
    exchange: HttpExchange,
    request: RestRequest,
    accepted: Accepted,
    { room, waitMs }: { readonly room?: string; readonly waitMs?: number | undefined },
  ): void {
    const { timers } = this.#options;
    const call =
      accepted === "events"
        ? new EventStreamCall(exchange, this.#receive, request, room)
        : new PollCall(exchange, this.#receive, request, { timers, room, waitMs });
    call.begin();
  }

  #send(exchange: HttpExchange, request: RestRequest, answer: SendAnswer): void {
    new SendCall(exchange, this.#sendSignals, request, answer).begin();
  }

  #refusePath(exchange: HttpExchange): void {
    const fault = new WireFault("method", `no resource has this path; see ${openApiPath}`);
    answerProblem(exchange, this.#options.wire.faultError(fault), { status: 404 });
  }

  #refuseMethod(exchange: HttpExchange, { kind }: KnownResource): void {
    const allow = methods[kind].join(", ");
    const fault = new WireFault("method", `this resource has the methods ${allow}`);
    answerProblem(exchange, this.#options.wire.faultError(fault), { headers: { allow } });
  }

  #refuseAccept(exchange: HttpExchange): void {
    const fault = new WireFault("encoding", "the answer is application/json or text/event-stream");
    answerProblem(exchange, this.#options.wire.faultError(fault), { status: 406 });
  }
}

/** Why a session token is none of a path; undefined if it is, as far as it can be read. */
function tokenFault(token: string, room: string, peer: string): ConnectError | undefined {
  if (token === "")
    return parleyError(Reason.SESSION_TOKEN_INVALID, "the request has no Parley-Session header");
  const session = parseToken(token);
  if (session === undefined || (roomOfLobby(session.room) === room && nameOf(session.peerId) === peer))
    return undefined;
  return parleyError(
    Reason.SESSION_NOT_FOUND,
    "this session token does not belong to this peer in this room",
  );
}
