import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { SignalingService } from "@parley/contract";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@parley/contract/grpc/health/v1/health";
import { describe, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { RedisServer } from "../redis/redis-server.ts";
import { HeldClock } from "./stage/held-clock.ts";
import { LogBook } from "./stage/log-book.ts";
import { configOf } from "./stage/stage.ts";
import { statusOf } from "./ways/way.ts";

async function startServer(flags: readonly string[] = []) {
  const clock = new HeldClock();
  const log = new LogBook();
  const server = new Server(await configOf(flags), { logger: log, clock });
  const { url } = await server.start();
  return { url, clock, log, server, [Symbol.asyncDispose]: () => server.close(0) };
}

const transports = [
  { name: "gRPC", make: (baseUrl: string) => createGrpcTransport({ baseUrl }) },
  {
    name: "gRPC-Web on HTTP/1.1",
    make: (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  },
  {
    name: "Connect + JSON on HTTP/1.1",
    make: (baseUrl: string) =>
      createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  },
];

function healthOf(url: string): Client<typeof Health> {
  return createClient(Health, createGrpcTransport({ baseUrl: url }));
}

async function failureOf(promise: Promise<unknown>): Promise<ConnectError> {
  const outcome = await promise.then(
    () => new Error("it succeeded"),
    (error: unknown) => error,
  );
  return ConnectError.from(outcome);
}

describe.each(transports)("over $name", ({ make }) => {
  test.each(["", SignalingService.typeName])("the service %j is checked", async (service) => {
    await using node = await startServer();
    const { status } = await createClient(Health, make(node.url)).check({ service });
    expect(status).toBe(Status.SERVING);
  });

  test("an unknown service is not found", async () => {
    await using node = await startServer();
    const error = await failureOf(
      createClient(Health, make(node.url)).check({ service: "parley.v1.Nothing" }),
    );
    expect(error.code).toBe(Code.NotFound);
  });

  test("a watch shows that the node drains, and ends with the node", async () => {
    await using node = await startServer();
    const watch = createClient(Health, make(node.url)).watch({})[Symbol.asyncIterator]();
    expect((await watch.next()).value?.status).toBe(Status.SERVING);
    const next = watch.next();
    const closed = node.server.close(0);
    expect((await next).value?.status).toBe(Status.NOT_SERVING);
    expect(statusOf(await failureOf(watch.next()))).toEqual({ code: "UNAVAILABLE", reason: "GOING_AWAY" });
    await closed;
    expect(node.log.find("stopped")).toEqual({ connectionsCut: 0 });
  });
});

test("a watch of an unknown service stays open", async () => {
  await using node = await startServer();
  const watch = healthOf(node.url).watch({ service: "nothing" })[Symbol.asyncIterator]();
  expect((await watch.next()).value?.status).toBe(Status.SERVICE_UNKNOWN);
  const next = watch.next();
  void node.server.close(0);
  expect((await failureOf(next)).code).toBe(Code.Unavailable);
});

test("so many may watch and no more, until one stops", async () => {
  await using node = await startServer(["--health-watchers", "1"]);
  const health = healthOf(node.url);
  const abort = new AbortController();
  const first = health.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
  await first.next();
  const refused = await failureOf(health.watch({})[Symbol.asyncIterator]().next());
  expect(statusOf(refused)).toEqual({ code: "RESOURCE_EXHAUSTED", reason: "SERVER_FULL" });
  abort.abort();
  await expect(first.next()).rejects.toThrow();
  await expect
    .poll(
      async () =>
        (
          await health
            .watch({})
            [Symbol.asyncIterator]()
            .next()
            .catch(() => undefined)
        )?.value?.status,
    )
    .toBe(Status.SERVING);
});

test("a client that asks nothing is not waited for longer than for a first message", async () => {
  await using node = await startServer();
  const client = new grpc.Client(new URL(node.url).host, grpc.credentials.createInsecure());
  const call = client.makeClientStreamRequest(
    "/grpc.health.v1.Health/Check",
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
    () => {},
  );
  let code: grpc.status | undefined;
  call.on("status", (status: grpc.StatusObject) => {
    code = status.code;
  });
  await expect
    .poll(() => {
      node.clock.advance(1000);
      return code;
    })
    .toBe(grpc.status.DEADLINE_EXCEEDED);
  client.close();
});

test("what is no request is answered as such", async () => {
  await using node = await startServer();
  const client = new grpc.Client(new URL(node.url).host, grpc.credentials.createInsecure());
  const code = await new Promise((resolve) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.from("not a message"),
      (error) => resolve(error?.code),
    );
  });
  expect(code).toBe(grpc.status.INVALID_ARGUMENT);
  client.close();
});

test("a node without its Redis does not serve, and serves when Redis is back", async () => {
  await using redis = await RedisServer.start("--appendonly", "yes");
  await using node = await startServer(["--redis-url", redis.url]);
  const watch = healthOf(node.url).watch({})[Symbol.asyncIterator]();
  const status = async () => (await watch.next()).value?.status;
  const change = async () => {
    const next = status();
    let changed = false;
    void next.finally(() => {
      changed = true;
    });
    await expect
      .poll(
        () => {
          node.clock.advance(250);
          return changed;
        },
        { timeout: 15_000 },
      )
      .toBe(true);
    return next;
  };
  expect(await status()).toBe(Status.SERVING);
  await redis.stop();
  expect(await change()).toBe(Status.NOT_SERVING);
  await redis.start();
  expect(await change()).toBe(Status.SERVING);
});
