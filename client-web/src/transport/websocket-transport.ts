import { decode, encode, SignalRequest, SignalResponse } from "@parley/contract/plain";
import type {
  SessionStart,
  SessionStream,
  SessionTransport,
  StreamInit,
} from "../session/session-transport.ts";
import { request } from "../session/signals.ts";
import { clientError, errorOf } from "../signaling-error.ts";
import { closeErrorOf } from "./close-error.ts";
import { requestHeaders } from "./request-headers.ts";
import { sendLastBatch } from "./send-last.ts";

/** What a `webSocketTransport` is made from. */
export interface WebSocketTransportOptions {
  /** The base URL of the service: `http:` or `https:`. */
  readonly url: string | URL;
  /** Sends the last batch of a page that unloads, and asks whether the service is reached. @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

const subprotocol = "parley.v1.proto";
/** How much may wait in the socket before the next batch waits too, in bytes. */
const mostBuffered = 65_536;
/** How often is looked whether it has left, in milliseconds: the browser does not report it. */
const lookEveryMs = 20;

/**
 * The session over one WebSocket, which is full-duplex over HTTP/1.1 too and takes none of the six connections that a
 * browser opens to one origin.
 */
export function webSocketTransport(options: WebSocketTransportOptions): SessionTransport {
  const baseUrl = String(options.url).replace(/\/+$/, "");
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const url = `${baseUrl.replace(/^http/i, "ws")}/v1/signal`;
  const probe = async () => {
    // Any answer will do: one that the page may not read too.
    await fetch(`${baseUrl}/healthz`, { mode: "no-cors", cache: "no-store" });
  };
  return {
    open: (init) => new WebSocketStream(url, init, probe),
    sendLast: (sessionToken, batch, accessToken) =>
      sendLastBatch(fetch, baseUrl, requestHeaders({}, accessToken), sessionToken, batch),
  };
}

class WebSocketStream implements SessionStream {
  readonly #socket: WebSocket;
  readonly probe: () => Promise<void>;
  #closed = false;

  constructor(url: string, init: StreamInit, probe: () => Promise<void>) {
    this.probe = probe;
    const socket = new WebSocket(url, subprotocol);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    /** What came before the close frame, because it did not fit into that. */
    let message: string | undefined;
    socket.addEventListener("open", () => {
      if (!this.#closed) socket.send(bytesOf(request(startWithAccess(init))));
    });
    socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => {
      if (this.#closed) return;
      try {
        const response = decode(SignalResponse, new Uint8Array(data));
        if (response.body.case === "closed") message = response.body.value.message;
        else init.response(response);
      } catch (thrown) {
        this.close();
        init.end(errorOf(thrown));
      }
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (this.#closed) return;
      this.#closed = true;
      init.end(closeErrorOf(code, reason, message));
    });
  }

  async send(batch: readonly SignalRequest[], signal: AbortSignal): Promise<undefined> {
    if (this.#closed) throw clientError("NETWORK", "the stream is closed");
    for (const each of batch) this.#socket.send(bytesOf(each));
    while (this.#socket.bufferedAmount > mostBuffered && !this.#closed && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    if (signal.aborted) throw clientError("TIMEOUT", "the network takes nothing");
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }
}

/** A page can set no header of an upgrade. */
function startWithAccess({ start, accessToken = "" }: StreamInit): SessionStart {
  return { ...start, value: { ...start.value, accessToken } } as SessionStart;
}

function bytesOf(request: SignalRequest): Uint8Array<ArrayBuffer> {
  return encode(SignalRequest, request) as Uint8Array<ArrayBuffer>;
}
