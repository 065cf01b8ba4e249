import type { OutgoingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import type { Call } from "../rpc/call.ts";

/** How a stream ends. */
export interface StreamEnd {
  /** A last envelope, if the end is part of the body. */
  readonly flags: number;
  readonly body?: Uint8Array;
  /** HTTP trailers, where it stands there. */
  readonly trailers?: OutgoingHttpHeaders;
}

/** How the three protocols with enveloped messages differ. */
export interface StreamProtocol {
  readonly name: Call["protocol"];
  readonly timeoutHeader: string;
  readonly encodingHeader: string;
  readonly acceptEncodingHeader: string;
  /** Whether the end is sent as HTTP trailers. */
  readonly trailers: boolean;
  /** Whether the bodies are base64. */
  readonly text: boolean;
  contentType(binary: boolean): string;
  /** Connect's own parsers: the timeout in milliseconds, or what is wrong with it. */
  parseTimeout(
    value: string | null,
    maxTimeoutMs: number,
  ): { timeoutMs?: number; error?: ConnectError | undefined };
  /** The end of a stream. `trailer` is absent if the handler set none. */
  end(error: ConnectError | undefined, trailer: Headers | undefined): StreamEnd;
}
