import { request as http1Request } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";

/** A response as it came, without a protocol on top. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly trailers: Record<string, string>;
  readonly body: Buffer;
}

export interface RawRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string;
}

/** One request on a connection of its own, over HTTP/1.1 or HTTP/2. Rejects when the stream is reset. */
export async function rawRequest(url: string, http: 1 | 2, request: RawRequest): Promise<RawResponse> {
  if (http === 1) return rawHttp1(url, request);
  const session = connect(url);
  try {
    return await rawHttp2(session, request);
  } finally {
    session.destroy();
  }
}

/** One request as a stream of this connection. */
export function rawHttp2(session: ClientHttp2Session, request: RawRequest): Promise<RawResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
  const chunks: Buffer[] = [];
  let headers: object = {};
  let trailers: object = {};
  const stream = session.request({
    ":method": request.method ?? "POST",
    ":path": request.path,
    ...request.headers,
  });
  session.once("error", reject);
  stream.on("response", (received) => (headers = received));
  stream.on("trailers", (received) => (trailers = received));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", reject);
  stream.on("end", () => {
    const plain = plainOf(headers);
    resolve({
      status: Number(plain[":status"]),
      headers: plain,
      trailers: plainOf(trailers),
      body: Buffer.concat(chunks),
    });
  });
  stream.end(request.body);
  return promise;
}

function rawHttp1(url: string, request: RawRequest): Promise<RawResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
  const outgoing = http1Request(url, {
    // As it is: a URL would resolve dots.
    path: request.path,
    method: request.method ?? "POST",
    headers: request.headers ?? {},
    agent: false,
  });
  outgoing.on("error", reject);
  outgoing.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("error", reject);
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: plainOf(response.headers),
        trailers: plainOf(response.trailers),
        body: Buffer.concat(chunks),
      }),
    );
  });
  outgoing.end(request.body);
  return promise;
}

function plainOf(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** One envelope: flags, length, bytes. */
export function envelope(bytes: Uint8Array, flags = 0): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(flags, 0);
  header.writeUInt32BE(bytes.byteLength, 1);
  return Buffer.concat([header, bytes]);
}

/** The envelopes of a body. */
export function envelopesOf(body: Buffer): { flags: number; bytes: Buffer }[] {
  const envelopes: { flags: number; bytes: Buffer }[] = [];
  for (let at = 0; at < body.byteLength; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    envelopes.push({ flags: body.readUInt8(at), bytes: body.subarray(at + 5, end) });
    at = end;
  }
  return envelopes;
}
