import { fromJson, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { endStreamFromJson, errorFromJson } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import { ErrorInfoSchema, ReceiveRequestSchema, SendSignalsRequestSchema } from "@parley/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../../server/src/server.ts";
import { fromBase64 } from "../../wire/fuzz-call.ts";
import { envelope, envelopesOf, type RawResponse, rawRequest } from "../../wire/raw-request.ts";
import { LogBook } from "../stage/log-book.ts";
import { configOf } from "../stage/stage.ts";

let server: Server;
let url: string;
beforeAll(async () => {
  server = new Server(await configOf([]), { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(() => server.close(0));

const service = "/parley.v1.SignalingService";

async function joinAndTakeToken(): Promise<string> {
  const response = await rawRequest(url, 1, {
    path: `${service}/Receive`,
    headers: { "content-type": "application/connect+json" },
    body: envelope(Buffer.from(JSON.stringify({ join: { room: "standup" }, poll: true }))),
  });
  const { welcome } = JSON.parse(String(envelopesOf(response.body)[0]?.bytes));
  return welcome.sessionToken;
}

/** A protocol and a codec: its headers, and where a response has its error. */
interface Dialect {
  readonly contentType: string;
  readonly http: 1 | 2;
  readonly method: "Receive" | "SendSignals";
  readonly timeoutHeader: string;
  readonly encodingHeader: string;
  errorOf(response: RawResponse): ConnectError | undefined;
}

const grpcError = ({ headers, trailers }: RawResponse) => {
  const fields = Object.entries({ ...headers, ...trailers }).filter(([name]) => name.startsWith("grpc-"));
  return findTrailerError(new Headers(fields));
};
const webError = (body: Buffer) =>
  findTrailerError(trailerParse(envelopesOf(body).at(-1)?.bytes ?? Buffer.alloc(0)));
const streamError = ({ body }: RawResponse) =>
  endStreamFromJson(envelopesOf(body).at(-1)?.bytes ?? body).error;
const unaryError = ({ body }: RawResponse) =>
  errorFromJson(JSON.parse(body.toString()), undefined, new ConnectError("no error in it"));

const ofGrpc = { timeoutHeader: "grpc-timeout", encodingHeader: "grpc-encoding", method: "Receive" } as const;
const ofConnect = { timeoutHeader: "connect-timeout-ms" } as const;
const ofStreams = { ...ofConnect, encodingHeader: "connect-content-encoding", method: "Receive" } as const;
const ofUnary = { ...ofConnect, encodingHeader: "content-encoding", method: "SendSignals" } as const;

const dialects: readonly Dialect[] = (["proto", "json"] as const).flatMap((codec): Dialect[] => [
  { ...ofGrpc, contentType: `application/grpc+${codec}`, http: 2, errorOf: grpcError },
  ...([1, 2] as const).flatMap((http): Dialect[] => [
    {
      ...ofGrpc,
      contentType: `application/grpc-web+${codec}`,
      http,
      errorOf: (response) => grpcError(response) ?? webError(response.body),
    },
    {
      ...ofGrpc,
      contentType: `application/grpc-web-text+${codec}`,
      http,
      errorOf: (response) => grpcError(response) ?? webError(fromBase64(response.body)),
    },
    { ...ofStreams, contentType: `application/connect+${codec}`, http, errorOf: streamError },
    { ...ofUnary, contentType: `application/${codec}`, http, errorOf: unaryError },
  ]),
]);

describe.each(dialects)("$contentType on HTTP/$http", (dialect) => {
  const { contentType, http, method, errorOf } = dialect;
  const isText = contentType.includes("-text");
  const isJson = contentType.includes("json");
  const isUnary = method === "SendSignals";

  /** What a client learns: code, reason, what to do next. */
  async function outcome(
    request: { path?: string; headers?: Record<string, string>; body?: Uint8Array },
    read = errorOf,
  ) {
    const bytes = request.body ?? (isUnary ? Buffer.alloc(0) : envelope(Buffer.from(isJson ? "{}" : "")));
    const response = await rawRequest(url, http, {
      path: `${service}/${method}`,
      ...request,
      headers: { "content-type": contentType, ...(http === 2 ? { te: "trailers" } : {}), ...request.headers },
      body: isText ? Buffer.from(Buffer.from(bytes).toString("base64")) : bytes,
    });
    const error = read(response);
    const [info] = error?.findDetails(ErrorInfoSchema) ?? [];
    return `${info?.domain} ${info?.reason} ${info?.metadata["retry"]}`;
  }

  test("a compression that is not spoken here", async () => {
    const headers = { [dialect.encodingHeader]: "deflate" };
    expect(await outcome({ headers })).toBe("parley.v1 ENCODING_UNSUPPORTED never");
  });

  test("a timeout that cannot be read", async () => {
    const headers = { [dialect.timeoutHeader]: "soon" };
    expect(await outcome({ headers })).toBe("parley.v1 HEADER_INVALID never");
  });

  test("a deadline that has passed", async () => {
    const headers = { [dialect.timeoutHeader]: contentType.includes("grpc") ? "0m" : "0" };
    expect(await outcome({ headers })).toBe("parley.v1 DEADLINE_PASSED resume");
  });

  test("a method that does not exist, and one of a service that does not", async () => {
    // Connect answers what is not there as HTTP does, whatever the method would have been.
    const read = contentType.includes("connect") ? unaryError : errorOf;
    for (const path of [`${service}/Send`, "/other.v1.Service/Signal"]) {
      expect(await outcome({ path }, read)).toBe("parley.v1 METHOD_UNKNOWN never");
    }
  });

  test("a page of another origin, and one that reached the service under a name of its own", async () => {
    const read = contentType.includes("connect") ? unaryError : errorOf;
    const host = { [http === 1 ? "host" : ":authority"]: "evil.example" };
    for (const headers of [
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      { origin: "http://evil.example", "sec-fetch-site": "same-origin", ...host },
    ]) {
      expect(await outcome({ headers }, read)).toBe("parley.v1 ORIGIN_REFUSED never");
    }
  });

  if (http === 2) {
    test("a Host that is not the :authority", async () => {
      const read = contentType.includes("connect") ? unaryError : errorOf;
      const headers = { ":authority": "a.example", host: "b.example" };
      expect(await outcome({ headers }, read)).toBe("parley.v1 HEADER_INVALID never");
    });
  }

  test("a codec that does not exist", async () => {
    const headers = { "content-type": contentType.replace(/proto|json/, "thrift") };
    const read = contentType.includes("grpc") ? grpcError : unaryError;
    expect(await outcome({ headers }, read)).toBe("parley.v1 ENCODING_UNSUPPORTED never");
  });

  test("bytes that are no message", async () => {
    const bytes = Buffer.from([0xff]);
    const body = isUnary ? bytes : envelope(bytes);
    expect(await outcome({ body })).toBe("parley.v1 MALFORMED_MESSAGE never");
  });

  test("a message that is too large, by what it encodes", async () => {
    const to = "x".repeat(1_100_000);
    // Only a client that has a session may send as much.
    const sessionToken = isUnary ? await joinAndTakeToken() : "";
    const json = isUnary ? { sessionToken, signals: [{ to }] } : { join: { room: to } };
    const schema = isUnary ? SendSignalsRequestSchema : ReceiveRequestSchema;
    const message = isJson ? Buffer.from(JSON.stringify(json)) : toBinary(schema, fromJson(schema, json));
    const body = isUnary ? message : envelope(message);
    expect(await outcome({ body })).toBe("parley.v1 MESSAGE_TOO_LARGE never");
  });

  if (!isUnary) {
    test("no message, and two", async () => {
      const two = Buffer.concat([envelope(Buffer.from("{}")), envelope(Buffer.from("{}"))]);
      for (const body of [Buffer.alloc(0), two]) {
        expect(await outcome({ body })).toBe("parley.v1 MALFORMED_MESSAGE never");
      }
    });

    test("a message without its envelope is reported as that, not as one that is too large", async () => {
      const body = Buffer.from('{"join":{"room":"standup"}}');
      expect(await outcome({ body })).toBe("parley.v1 MALFORMED_MESSAGE never");
    });

    test("a compressed message, if no header says how", async () => {
      const body = envelope(Buffer.from("{}"), 1);
      expect(await outcome({ body })).toBe("parley.v1 ENCODING_UNSUPPORTED never");
    });
  }
});

test("a version of Connect that is not spoken here", async () => {
  const response = await rawRequest(url, 1, {
    path: `${service}/SendSignals`,
    headers: { "content-type": "application/json", "connect-protocol-version": "2" },
    body: "{}",
  });
  const [info] = unaryError(response).findDetails(ErrorInfoSchema);
  expect([response.status, info?.reason]).toEqual([400, "HEADER_INVALID"]);
});

test.each([
  ["GET", 1, `${service}/Receive`, 405, "METHOD_UNKNOWN"],
  ["PUT", 2, `${service}/SendSignals`, 405, "METHOD_UNKNOWN"],
  ["POST", 1, `${service}/Signal`, 505, "METHOD_UNKNOWN"],
] as const)("%s on HTTP/%i of %s", async (method, http, path, status, reason) => {
  const headers = { "content-type": "application/connect+json" };
  const response = await rawRequest(url, http, { method, path, headers });
  const [info] = unaryError(response).findDetails(ErrorInfoSchema);
  expect([response.status, info?.reason]).toEqual([status, reason]);
});

test("curl's own content type, and JSON for a stream, are answered with the one to use", async () => {
  const answers = [
    await rawRequest(url, 1, {
      path: `${service}/SendSignals`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "{}",
    }),
    await rawRequest(url, 1, {
      path: `${service}/Receive`,
      headers: { "content-type": "application/json" },
      body: "{}",
    }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([415, 415]);
  expect(answers.map((answer) => unaryError(answer).rawMessage)).toEqual([
    expect.stringContaining("application/json"),
    expect.stringContaining("application/connect+json"),
  ]);
});

test("the text of an error is readable in a header, as grpc-js and grpcurl print it", async () => {
  const response = await rawRequest(url, 2, {
    path: `${service}/Receive`,
    headers: { "content-type": "application/grpc", te: "trailers" },
    body: Buffer.from('{"join":{}}'),
  });
  expect(response.headers["grpc-message"]).toMatch(
    /^the envelope is missing: before each message .* plain JSON$/,
  );
});
