import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { ignore } from "./attackers.ts";

/** How a call of `Receive` began: with `Welcome`, or with an error. */
export type Beginning =
  | { readonly kind: "welcome"; readonly token: string; readonly resumed: boolean }
  | { readonly kind: "refused"; readonly reason: string; readonly retryAfterMs: number | undefined }
  /** The stream was reset, or the connection is gone. */
  | { readonly kind: "broken" };

const endFlag = 2;

/** Opens `Receive` in JSON. `first` may never come, if its client advertises no window. */
export function callReceive(
  session: ClientHttp2Session,
  request: object,
): { readonly stream: ClientHttp2Stream; readonly first: Promise<Beginning> } {
  const stream = session.request({
    ":method": "POST",
    ":path": "/parley.v1.SignalingService/Receive",
    "content-type": "application/connect+json",
  });
  stream.on("error", ignore);
  const message = Buffer.from(JSON.stringify(request));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  stream.end(Buffer.concat([head, message]));
  return { stream, first: readFirst(stream) };
}

function readFirst(stream: ClientHttp2Stream): Promise<Beginning> {
  const { promise, resolve } = Promise.withResolvers<Beginning>();
  let bytes = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.byteLength < 5 || bytes.byteLength < 5 + bytes.readUInt32BE(1)) return;
    stream.off("data", take);
    stream.resume();
    resolve(beginningOf(bytes));
  };
  stream.on("data", take);
  stream.once("close", () => resolve({ kind: "broken" }));
  return promise;
}

/** Reads one envelope. */
function beginningOf(bytes: Buffer): Beginning {
  const json = JSON.parse(bytes.toString("utf8", 5, 5 + bytes.readUInt32BE(1)));
  if (bytes[0] === endFlag) return refusalOf(json);
  return { kind: "welcome", token: json.welcome.sessionToken, resumed: json.welcome.resumed === true };
}

interface ErrorDetail {
  readonly type: string;
  readonly debug?: { readonly reason?: string; readonly retryDelay?: string };
}

function refusalOf({ error }: { error?: { message?: string; details?: readonly ErrorDetail[] } }): Beginning {
  const details = error?.details ?? [];
  const reason = details.find(({ debug }) => debug?.reason !== undefined)?.debug?.reason;
  const delay = details.find(({ debug }) => debug?.retryDelay !== undefined)?.debug?.retryDelay;
  return {
    kind: "refused",
    reason: reason ?? `none: ${error?.message}`,
    retryAfterMs: delay === undefined ? undefined : Number.parseFloat(delay) * 1000,
  };
}
