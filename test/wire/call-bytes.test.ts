import { expect, test } from "vitest";
import type { CallHandler, OpenCall } from "../../server/src/rpc/call.ts";
import { echoMethods, encodeEcho } from "./echo-service.ts";
import { envelope, rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

/** What a call makes of its handler's and its client's bytes, and how long they are there. */
const ways = [
  { name: "unary Connect, HTTP/1.1", http: 1, method: echoMethods.unary, type: "application/proto" },
  {
    name: "a stream of Connect, HTTP/1.1",
    http: 1,
    method: echoMethods.down,
    type: "application/connect+proto",
  },
  { name: "gRPC, HTTP/2", http: 2, method: echoMethods.down, type: "application/grpc" },
] as const;

const serve = (method: (typeof ways)[number]["method"], answer: (call: Parameters<OpenCall>[0]) => void) => [
  {
    method,
    open: (call: Parameters<OpenCall>[0]): CallHandler => ({
      message: () => answer(call),
      halfClose: () => {},
      drain: () => {},
      closed: () => {},
    }),
  },
];

test.each(ways)("the memory of what was written may be used again: $name", async ({ http, method, type }) => {
  const routes = serve(method, (call) => {
    const bytes = encodeEcho("as it was written");
    call.write(bytes);
    bytes.fill(0);
    call.end();
  });
  await using port = await WirePort.start({ routes });
  const message = encodeEcho("ask");
  const { body } = await rawRequest(port.url, http, {
    path: `/${method.parent.typeName}/${method.name}`,
    headers: { "content-type": type },
    body: type === "application/proto" ? message : envelope(message),
  });
  expect(body.includes(Buffer.from(encodeEcho("as it was written")))).toBe(true);
});

test.each(ways.slice(1))(
  "headers that are asked for when the response has begun are an error: $name",
  async ({ http, method, type }) => {
    const { promise: asked, resolve } = Promise.withResolvers<unknown>();
    const routes = serve(method, (call) => {
      call.write(encodeEcho("first"));
      setImmediate(() =>
        setImmediate(() => {
          try {
            resolve(call.requestHeader.get("x-echo"));
          } catch (error) {
            resolve(error);
          }
          call.end();
        }),
      );
    });
    await using port = await WirePort.start({ routes });
    await rawRequest(port.url, http, {
      path: `/${method.parent.typeName}/${method.name}`,
      headers: { "content-type": type, "x-echo": "here" },
      body: envelope(encodeEcho("ask")),
    });
    expect(await asked).toBeInstanceOf(Error);
  },
);

test.each([
  // Node refuses to announce trailers that it has no chunks to put behind, and what HTTP/2 has no place for.
  { name: "unary Connect, HTTP/1.1", http: 1, method: echoMethods.unary, header: "trailer" },
  { name: "unary Connect, HTTP/2", http: 2, method: echoMethods.unary, header: "connection" },
  { name: "gRPC, HTTP/2", http: 2, method: echoMethods.down, header: "connection" },
] as const)(
  "a header that cannot be sent breaks its own response off, and nothing else: $name",
  async ({ http, method, header }) => {
    const routes = serve(method, (call) => {
      call.responseHeader.set(header, "close");
      call.write(encodeEcho("answer"));
      call.end();
    });
    await using port = await WirePort.start({ routes });
    const unary = method === echoMethods.unary;
    const message = encodeEcho("ask");
    const request = () =>
      rawRequest(port.url, http, {
        path: `/${method.parent.typeName}/${method.name}`,
        headers: { "content-type": unary ? "application/proto" : "application/grpc" },
        body: unary ? message : envelope(message),
      });
    await expect(request()).rejects.toThrow();
    await expect(request()).rejects.toThrow();
    expect(port.errors).toHaveLength(2);
  },
);
