import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { endStreamFromJson, errorFromJson } from "@connectrpc/connect/protocol-connect";
import {
  ReceiveRequestSchema,
  SendRequestSchema,
  SignalingService,
  SignalResponseSchema,
} from "@parley/contract";
import { type First, Inbox, requestOf, type Stream, statusOf, type Way } from "./way.ts";

const endFlag = 0b10;

/** Receive + Send by `fetch` and JSON alone, as from curl. */
export const plainHttp: Way = {
  name: "HTTP + JSON by fetch, HTTP/1.1",
  open: (url, first) => openPlain(url, first),
};

function openPlain(url: string, first: First): Stream {
  const inbox = new Inbox();
  const abort = new AbortController();
  const request = toJson(ReceiveRequestSchema, create(ReceiveRequestSchema, { start: first } as object));
  void readStream(url, request, abort.signal, inbox);
  return {
    next: () => inbox.next(),
    ended: inbox.ended,
    async send(sessionToken, ...signals) {
      const message = create(SendRequestSchema, { sessionToken, signals: signals.map(requestOf) });
      const response = await fetch(`${url}/${SignalingService.typeName}/Send`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(toJson(SendRequestSchema, message)),
      });
      const answer = (await response.json()) as JsonValue;
      if (response.ok) return;
      inbox.end(statusOf(errorFromJson(answer, undefined, new ConnectError("no error in it", Code.Unknown))));
    },
    cut: () => abort.abort(),
  };
}

async function readStream(url: string, request: JsonValue, signal: AbortSignal, inbox: Inbox): Promise<void> {
  try {
    const response = await fetch(`${url}/${SignalingService.typeName}/Receive`, {
      method: "POST",
      headers: { "content-type": "application/connect+json", "connect-protocol-version": "1" },
      body: envelope(JSON.stringify(request)),
      signal,
    });
    let rest = Buffer.alloc(0);
    for await (const chunk of response.body ?? []) {
      rest = Buffer.concat([rest, chunk]);
      for (let length = frameLength(rest); length !== undefined; length = frameLength(rest)) {
        const json = rest.subarray(5, length);
        if (((rest[0] ?? 0) & endFlag) !== 0) {
          const { error } = endStreamFromJson(json);
          inbox.end(error === undefined ? { code: "OK" } : statusOf(error));
          return;
        }
        inbox.push(fromJson(SignalResponseSchema, JSON.parse(json.toString())));
        rest = rest.subarray(length);
      }
    }
    inbox.end({ code: "CUT" });
  } catch {
    inbox.end({ code: "CUT" });
  }
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
