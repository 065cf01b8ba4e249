import { request as httpRequest } from "node:http";
import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { endStreamFromJson, errorFromJson } from "@connectrpc/connect/protocol-connect";
import {
  ReceiveRequestSchema,
  SendSignalsRequestSchema,
  SignalingService,
  SignalResponseSchema,
} from "@parley/contract";
import { Inbox } from "./inbox.ts";
import {
  type Bearer,
  bearerHeaders,
  type First,
  receiveRequest,
  requestOf,
  type Stream,
  statusOf,
  type Way,
} from "./way.ts";

const endFlag = 0b10;
const receiveHeaders = { "content-type": "application/connect+json", "connect-protocol-version": "1" };

/** Receive + SendSignals by `fetch` and JSON alone, as from curl. */
export const plainHttp: Way = {
  name: "HTTP + JSON by fetch, HTTP/1.1",
  form: "halves",
  open: openPlain,
  openSilent(url) {
    const inbox = new Inbox();
    const request = httpRequest(pathOf(url, "Receive"), { method: "POST", headers: receiveHeaders });
    request.on("response", (response) => void readFrames(response, inbox));
    request.on("error", () => inbox.end({ code: "CUT" }));
    request.flushHeaders();
    return { inbox, send: async () => {}, halfClose: () => {}, cut: () => request.destroy() };
  },
};

function pathOf(url: string, method: string): string {
  return `${url}/${SignalingService.typeName}/${method}`;
}

function openPlain(url: string, first: First, bearer?: Bearer): Stream {
  const inbox = new Inbox();
  const abort = new AbortController();
  const body = first.case === "garbage" ? "{]" : jsonOf(first);
  void receive(pathOf(url, "Receive"), body, abort.signal, inbox, bearer);
  return {
    inbox,
    async send(sessionToken, ...signals) {
      const message = create(SendSignalsRequestSchema, { sessionToken, signals: signals.map(requestOf) });
      const response = await fetch(pathOf(url, "SendSignals"), {
        method: "POST",
        headers: { "content-type": "application/json", ...bearerHeaders(bearer) },
        body: JSON.stringify(toJson(SendSignalsRequestSchema, message)),
      });
      const answer = (await response.json()) as JsonValue;
      if (response.ok) return;
      inbox.end(statusOf(errorFromJson(answer, undefined, new ConnectError("no error in it", Code.Unknown))));
      abort.abort();
    },
    halfClose() {},
    cut() {
      abort.abort();
      inbox.release();
    },
  };
}

function jsonOf(first: First): string {
  return JSON.stringify(toJson(ReceiveRequestSchema, receiveRequest(first)));
}

async function receive(
  url: string,
  body: string,
  signal: AbortSignal,
  inbox: Inbox,
  bearer?: Bearer,
): Promise<void> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...receiveHeaders, ...bearerHeaders(bearer) },
      body: envelope(body),
      signal,
    });
    await readFrames(response.body ?? [], inbox);
  } catch {
    inbox.end({ code: "CUT" });
  }
}

async function readFrames(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  inbox: Inbox,
): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let length = frameLength(rest); length !== undefined; length = frameLength(rest)) {
      const json = rest.subarray(5, length);
      if (((rest[0] ?? 0) & endFlag) !== 0) {
        const { error } = endStreamFromJson(json);
        return inbox.end(error === undefined ? { code: "OK" } : statusOf(error));
      }
      inbox.push(fromJson(SignalResponseSchema, JSON.parse(json.toString())));
      rest = rest.subarray(length);
      await inbox.flowing();
    }
  }
  inbox.end({ code: "CUT" });
}

function envelope(json: string): Buffer<ArrayBuffer> {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(json), 1);
  return Buffer.concat([head, Buffer.from(json)]);
}

/** The length of the first frame with its head, once it is whole. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 5) return undefined;
  const length = 5 + bytes.readUInt32BE(1);
  return bytes.length >= length ? length : undefined;
}
