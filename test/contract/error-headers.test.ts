import { ConnectError, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { SignalingService } from "@parley/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { rawRequest } from "../wire/raw-request.ts";
import { LogBook } from "./stage/log-book.ts";
import { configOf } from "./stage/stage.ts";

let server: Server;
let url: string;
beforeAll(async () => {
  server = new Server(await configOf(["--cors-origin", "https://app.example"]), { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(() => server.close(0));

const expected = ["SESSION_TOKEN_INVALID", "rejoin"];
const valuesOf = (headers: Headers) => [headers.get("parley-reason"), headers.get("parley-retry")];

describe.each([
  ["gRPC", () => createGrpcTransport({ baseUrl: url })],
  ["gRPC-Web", () => createGrpcWebTransport({ baseUrl: url, httpVersion: "1.1" })],
  ["Connect", () => createConnectTransport({ baseUrl: url, httpVersion: "1.1" })],
])("headers name the reason of an error over %s", (_name, transport) => {
  test("of a unary call", async () => {
    const error = await createClient(SignalingService, transport())
      .sendSignals({ sessionToken: "no token" })
      .catch((error: unknown) => ConnectError.from(error));
    expect(error).toBeInstanceOf(ConnectError);
    if (error instanceof ConnectError) expect(valuesOf(error.metadata)).toEqual(expected);
  });

  test("of a stream", async () => {
    const client = createClient(SignalingService, transport());
    const request = { start: { case: "resume", value: { sessionToken: "no token" } } } as const;
    const error = await client
      .receive(request)
      [Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => ConnectError.from(error));
    expect(error).toBeInstanceOf(ConnectError);
    if (error instanceof ConnectError) expect(valuesOf(error.metadata)).toEqual(expected);
  });
});

test("grpc-js has them in the metadata of the error", async () => {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
  const metadata = await new Promise<grpc.Metadata | undefined>((resolve) => {
    client.makeUnaryRequest(
      "/parley.v1.SignalingService/SendSignals",
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.alloc(0),
      (error) => resolve(error?.metadata),
    );
  });
  expect([metadata?.get("parley-reason")[0], metadata?.get("parley-retry")[0]]).toEqual(expected);
  client.close();
});

test("a page of another origin may read them", async () => {
  const { headers } = await rawRequest(url, 1, {
    path: "/parley.v1.SignalingService/SendSignals",
    method: "POST",
    headers: { "content-type": "application/json", origin: "https://app.example" },
    body: Buffer.from("{}"),
  });
  expect(headers["parley-reason"]).toBe("SESSION_TOKEN_INVALID");
  expect(headers["access-control-expose-headers"]).toMatch(
    /parley-reason, parley-retry, parley-retry-after-ms/,
  );
});
