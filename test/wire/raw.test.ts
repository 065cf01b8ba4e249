import { gunzipSync, gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import { Reason } from "@parley/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reasonOfError } from "../../server/src/errors/parley-error.ts";
import { encodeEcho, textOfEcho } from "./echo-service.ts";
import { envelope, envelopesOf, type RawResponse, rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

let port: WirePort;
beforeAll(async () => {
  port = await WirePort.start({ compressMinBytes: 100 });
});
afterAll(() => port.close(0));

const hello = encodeEcho("hello");
const path = (method: string) => `/test.v1.EchoService/${method}`;
const grpc = (method: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  rawRequest(port.url, 2, {
    path: path(method),
    headers: { "content-type": "application/grpc", te: "trailers", ...headers },
    body,
  });
/** The error of a gRPC response, wherever it stands. */
const grpcError = ({ headers, trailers }: RawResponse) =>
  findTrailerError(new Headers({ ...trailers, ...pick(headers, /^grpc-/) }));
const pick = (headers: Record<string, string>, names: RegExp) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => names.test(name)));

describe("gRPC, by the byte", () => {
  test("an answer is headers, one envelope, and the status in trailers", async () => {
    const response = await grpc("Unary", envelope(hello));
    expect(response.status).toBe(200);
    expect(response.headers["content-type"]).toBe("application/grpc+proto");
    expect(envelopesOf(response.body)).toEqual([{ flags: 0, bytes: Buffer.from(hello) }]);
    expect(response.trailers).toMatchObject({ "grpc-status": "0" });
  });

  test("an error before the first message is trailers only", async () => {
    const response = await grpc("Unary", envelope(encodeEcho("fail")));
    expect(response.headers).toMatchObject({ "grpc-status": "8" });
    expect(response.trailers).toEqual({});
    expect(response.body.byteLength).toBe(0);
  });

  test("a unary request of no message, and of two, is unimplemented", async () => {
    for (const body of [Buffer.alloc(0), Buffer.concat([envelope(hello), envelope(hello)])]) {
      expect(grpcError(await grpc("Unary", body))?.code).toBe(Code.Unimplemented);
      expect(grpcError(await grpc("Down", body))?.code).toBe(Code.Unimplemented);
    }
  });

  test("a message that ends too soon is malformed", async () => {
    for (const body of [envelope(hello).subarray(0, 3), envelope(hello).subarray(0, 8)]) {
      const error = grpcError(await grpc("Both", body));
      expect(error?.code).toBe(Code.InvalidArgument);
      expect(error && reasonOfError(error)).toBe(Reason.MALFORMED_MESSAGE);
    }
  });

  test("unknown flags are malformed", async () => {
    for (const flags of [2, 4, 128]) {
      const error = grpcError(await grpc("Both", envelope(hello, flags)));
      expect(error && reasonOfError(error)).toBe(Reason.MALFORMED_MESSAGE);
    }
  });

  test("a giant length is refused before its bytes come", async () => {
    const error = grpcError(await grpc("Both", Buffer.from([0, 0xff, 0xff, 0xff, 0xff])));
    expect(error && reasonOfError(error)).toBe(Reason.MESSAGE_TOO_LARGE);
  });

  test("a compressed message is read", async () => {
    const body = Buffer.concat([envelope(gzipSync(hello), 1), envelope(hello)]);
    const response = await grpc("Both", body, {
      "grpc-encoding": "gzip",
      "grpc-accept-encoding": "identity",
    });
    expect(envelopesOf(response.body).map(({ bytes }) => textOfEcho(bytes))).toEqual(["hello", "hello"]);
  });

  test("a compressed message that nobody announced is an error of the protocol", async () => {
    expect(grpcError(await grpc("Both", envelope(gzipSync(hello), 1)))?.code).toBe(Code.Internal);
  });

  test("an unknown compression is unimplemented, and the known ones are named", async () => {
    const response = await grpc("Both", envelope(hello), { "grpc-encoding": "br" });
    expect(grpcError(response)?.code).toBe(Code.Unimplemented);
    expect(response.headers["grpc-accept-encoding"]).toBe("gzip");
  });

  test("a message that is too large when inflated is refused", async () => {
    const bomb = envelope(gzipSync(Buffer.alloc(50_000_000)), 1);
    const error = grpcError(await grpc("Both", bomb, { "grpc-encoding": "gzip" }));
    expect(error && reasonOfError(error)).toBe(Reason.MESSAGE_TOO_LARGE);
  });

  test("responses are compressed from the size on that is set, where the client accepts it", async () => {
    const body = Buffer.concat([envelope(hello), envelope(encodeEcho("x".repeat(200)))]);
    const response = await grpc("Both", body, { "grpc-accept-encoding": "br, gzip" });
    expect(response.headers["grpc-encoding"]).toBe("gzip");
    const [small, large] = envelopesOf(response.body);
    expect(small).toEqual({ flags: 0, bytes: Buffer.from(hello) });
    expect(large?.flags).toBe(1);
    expect(textOfEcho(gunzipSync(large?.bytes ?? ""))).toHaveLength(200);
    const plain = await grpc("Both", body);
    expect(envelopesOf(plain.body).map(({ flags }) => flags)).toEqual([0, 0]);
  });

  test("a timeout that is none is refused", async () => {
    expect(grpcError(await grpc("Both", envelope(hello), { "grpc-timeout": "soon" }))?.code).toBe(
      Code.InvalidArgument,
    );
    expect(grpcError(await grpc("Both", envelope(hello), { "grpc-timeout": "0n" }))?.code).toBe(
      Code.DeadlineExceeded,
    );
    expect(grpcError(await grpc("Both", envelope(hello), { "grpc-timeout": "99999999H" }))).toBeUndefined();
  });

  test("messages of one tick leave in one frame", async () => {
    const response = await grpc("Down", envelope(encodeEcho("3 times")));
    expect(envelopesOf(response.body)).toHaveLength(3);
  });

  test("JSON that is none is malformed", async () => {
    for (const json of ["", "{", "[]", '{"text":1}', '{"payload":"%"}', "[".repeat(60_000)]) {
      const error = grpcError(
        await grpc("Both", envelope(Buffer.from(json)), { "content-type": "application/grpc+json" }),
      );
      expect(error && reasonOfError(error), json.slice(0, 20)).toBe(Reason.MALFORMED_MESSAGE);
    }
  });
});

describe.each([1, 2] as const)("on HTTP/%d", (http) => {
  const post = (method: string, contentType: string, body: Uint8Array | string, headers = {}) =>
    rawRequest(port.url, http, {
      path: path(method),
      headers: { "content-type": contentType, ...headers },
      body,
    });

  test("gRPC-Web has its trailers in the body", async () => {
    const response = await post("Unary", "application/grpc-web+proto", envelope(hello));
    const [message, trailers] = envelopesOf(response.body);
    expect(message).toEqual({ flags: 0, bytes: Buffer.from(hello) });
    expect(trailers?.flags).toBe(128);
    expect(trailerParse(trailers?.bytes ?? hello).get("grpc-status")).toBe("0");
  });

  test("gRPC-Web as text is the same in base64, in both directions", async () => {
    const text = envelope(hello).toString("base64");
    for (const contentType of ["application/grpc-web-text", "application/grpc-web-text+proto"]) {
      const response = await post("Unary", contentType, text);
      expect(response.headers["content-type"]).toBe("application/grpc-web-text+proto");
      const [message, trailers] = envelopesOf(Buffer.from(response.body.toString(), "base64"));
      expect(message).toEqual({ flags: 0, bytes: Buffer.from(hello) });
      expect(trailerParse(trailers?.bytes ?? hello).get("grpc-status")).toBe("0");
    }
  });

  test("an unsupported media type is refused with those that are supported", async () => {
    for (const contentType of ["text/plain", "application/connect+proto", ""]) {
      const response = await post("Unary", contentType, "AAAAAAA=");
      expect(response.status, contentType).toBe(415);
      expect(response.headers["accept-post"]).toContain("application/grpc");
    }
    expect((await post("Down", "application/json", "{}")).status).toBe(415);
  });

  test("another method than POST is not allowed", async () => {
    const response = await rawRequest(port.url, http, { path: path("Unary"), method: "GET" });
    expect(response.status).toBe(405);
    expect(response.headers).toMatchObject({ allow: "POST" });
    const look = await rawRequest(port.url, http, { path: path("Look"), method: "PUT" });
    expect(look.headers).toMatchObject({ allow: "GET, POST" });
  });

  test("Connect has JSON for people", async () => {
    const response = await post("Unary", "application/json; charset=utf-8", '{"text":"hi","other":1}');
    expect(response.status).toBe(200);
    expect(response.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(response.body.toString())).toEqual({ text: "hi" });
  });

  test("an error of Connect is a status and JSON, in either codec", async () => {
    for (const [contentType, body] of [
      ["application/json", '{"text":"fail"}'],
      ["application/proto", encodeEcho("fail")],
    ] as const) {
      const response = await post("Unary", contentType, body);
      expect(response.status).toBe(429);
      expect(JSON.parse(response.body.toString())).toMatchObject({
        code: "resource_exhausted",
        details: [{ type: "google.rpc.ErrorInfo", debug: { reason: "ROOM_FULL" } }],
      });
    }
  });

  test("Connect's malformed requests have their own answers", async () => {
    const json = "application/json";
    const codeOf = async (response: Promise<RawResponse>) => {
      const { status, body } = await response;
      const { code }: { code: unknown } = JSON.parse(body.toString());
      return [status, code];
    };
    expect(await codeOf(post("Unary", json, "{"))).toEqual([400, "invalid_argument"]);
    const enveloped = await post("Unary", json, envelope(Buffer.from("{}")));
    expect(enveloped.body.toString()).toContain("it begins with an envelope");
    const long = JSON.stringify({ text: "x".repeat(70_000) });
    expect(await codeOf(post("Unary", json, long))).toEqual([429, "resource_exhausted"]);
    expect(await codeOf(post("Unary", json, " ".repeat(200_000)))).toEqual([429, "resource_exhausted"]);
    const escaped = JSON.stringify({ text: "x".repeat(60_000) + "é".repeat(2000) });
    expect((await post("Unary", json, escaped.replaceAll("é", "\\u00e9").padEnd(100_000))).status).toBe(200);
    expect(
      await codeOf(post("Unary", json, "{}", { "content-encoding": "gzip", "accept-encoding": "identity" })),
    ).toEqual([400, "invalid_argument"]);
    expect(await codeOf(post("Unary", json, "{}", { "content-encoding": "br" }))).toEqual([
      501,
      "unimplemented",
    ]);
    expect(await codeOf(post("Unary", json, "{}", { "connect-timeout-ms": "-1" }))).toEqual([
      400,
      "invalid_argument",
    ]);
    expect(await codeOf(post("Unary", json, "{}", { "connect-protocol-version": "2" }))).toEqual([
      400,
      "invalid_argument",
    ]);
    expect(await codeOf(post("Nothing", json, "{}"))).toEqual([404, "unimplemented"]);
  });

  test("Connect compresses whole bodies", async () => {
    const body = gzipSync(encodeEcho("y".repeat(5000)));
    const response = await post("Unary", "application/proto", body, {
      "content-encoding": "gzip",
      "accept-encoding": "gzip",
    });
    expect(response.headers["content-encoding"]).toBe("gzip");
    expect(textOfEcho(gunzipSync(response.body))).toHaveLength(5000);
  });

  test("Connect's GET has its message in the query, where the method changes nothing", async () => {
    const get = async (query: string) => {
      const response = await rawRequest(port.url, http, { method: "GET", path: `${path("Look")}?${query}` });
      return [response.status, response.body.toString()];
    };
    const json = encodeURIComponent('{"text":"hi"}');
    const base64 = Buffer.from(hello).toString("base64url");
    const gzipped = gzipSync(hello).toString("base64url");
    expect(await get(`connect=v1&encoding=json&message=${json}`)).toEqual([200, '{"text":"hi"}']);
    expect(await get(`encoding=proto&base64=1&message=${base64}`)).toEqual([
      200,
      Buffer.from(hello).toString(),
    ]);
    expect(await get(`encoding=proto&base64=1&compression=gzip&message=${gzipped}`)).toEqual([
      200,
      Buffer.from(hello).toString(),
    ]);
    expect((await get("encoding=xml&message="))[0]).toBe(415);
    expect((await get("encoding=json"))[0]).toBe(400);
    expect((await get("encoding=proto&base64=1&message=%25"))[0]).toBe(400);
    expect((await get(`connect=v2&encoding=json&message=${json}`))[0]).toBe(400);
  });

  test("a stream of Connect ends in an envelope of JSON", async () => {
    const response = await post("Down", "application/connect+json", envelope(Buffer.from('{"text":"fail"}')));
    expect(response.status).toBe(200);
    const [end] = envelopesOf(response.body);
    expect(end?.flags).toBe(2);
    expect(JSON.parse(String(end?.bytes))).toMatchObject({ error: { code: "resource_exhausted" } });
  });

  test("what is no RPC, and for no other door, is not found", async () => {
    for (const request of [
      { path: "/", method: "GET" },
      { path: "/test.v1.EchoService/Nothing", method: "GET" },
      { path: "/upload", headers: { "content-type": "application/json" }, body: "{}" },
    ]) {
      const response = await rawRequest(port.url, http, request);
      expect([response.status, response.body.toString()]).toEqual([404, "not found\n"]);
    }
  });
});
