import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  type SignalRequest,
  SignalRequestSchema,
  type SignalResponse,
  SignalResponseSchema,
} from "@parley/contract";
import { WebSocket } from "ws";
import { Inbox } from "./inbox.ts";
import type { Status } from "./status.ts";
import { firstRequest, firstWithAccess, nameOfCode, requestOf, type Stream, type Way } from "./way.ts";

/** How messages are put into frames. */
interface Framing {
  readonly subprotocol: string;
  encode(request: SignalRequest): Uint8Array | string;
  decode(data: Buffer): SignalResponse;
  readonly garbage: Uint8Array | string;
}

const binary: Framing = {
  subprotocol: "parley.v1.proto",
  encode: (request) => toBinary(SignalRequestSchema, request),
  decode: (data) => fromBinary(SignalResponseSchema, data),
  garbage: Buffer.from("not a message"),
};

const json: Framing = {
  subprotocol: "parley.v1.json",
  encode: (request) => JSON.stringify(toJson(SignalRequestSchema, request)),
  decode: (data) => fromJson(SignalResponseSchema, JSON.parse(data.toString()) as JsonValue),
  garbage: "{]",
};

/** Signal over a WebSocket, by `ws`. */
function webSocket(name: string, framing: Framing): Way {
  return {
    name,
    form: "signal",
    halfCloses: false,
    // As in a browser, which can set no header of an upgrade.
    open(url, first, bearer) {
      const { socket, stream } = openSocket(url, framing);
      const request = firstRequest(firstWithAccess(first, bearer));
      const bytes = first.case === "garbage" ? framing.garbage : framing.encode(request);
      socket.once("open", () => socket.send(bytes));
      return stream;
    },
    openSilent: (url) => openSocket(url, framing).stream,
  };
}

function openSocket(url: string, framing: Framing): { socket: WebSocket; stream: Stream } {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/v1/signal`, framing.subprotocol);
  const inbox = new Inbox();
  let cut = false;
  socket.on("message", (data: Buffer) => {
    const response = framing.decode(data);
    // Repeats what the close code and its reason say.
    if (response.body.case === "closed") return;
    inbox.push(response);
    socket.pause();
    void inbox.flowing().then(() => socket.resume());
  });
  socket.on("error", () => {});
  socket.on("close", (code, reason) => {
    inbox.end(cut ? { code: "CUT" } : closeStatus(code, reason.toString()));
  });
  const stream: Stream = {
    inbox,
    async send(_token, ...signals) {
      for (const each of signals) socket.send(framing.encode(requestOf(each)));
    },
    halfClose() {},
    cut() {
      cut = true;
      inbox.release();
      socket.terminate();
    },
  };
  return { socket, stream };
}

/** What a close code and its reason say, as the status of an RPC. */
export function closeStatus(code: number, text: string): Status {
  if (code === 1000) return { code: "OK" };
  const reason = /^[A-Z_]+/.exec(text)?.[0];
  if (code >= 4000 && reason !== undefined) return { code: nameOfCode(code - 4000), reason };
  // A frame of the wrong kind, or none at all.
  if (reason !== undefined) return { code: nameOfCode(Code.InvalidArgument), reason };
  return { code: "CUT" };
}

export const webSocketBinary = webSocket("WebSocket by ws, HTTP/1.1", binary);
export const webSocketJson = webSocket("WebSocket + JSON by ws, HTTP/1.1", json);
