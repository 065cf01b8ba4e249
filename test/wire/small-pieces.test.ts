import { expect, test } from "vitest";
import { echoMethods, encodeEcho } from "./echo-service.ts";
import { FakeExchange } from "./fake-exchange.ts";
import { FuzzHandler, FuzzWire, turn } from "./fuzz-call.ts";
import { expectNothingHeld, heldBytes } from "./held-buffers.ts";
import { envelope } from "./raw-request.ts";

const body = encodeEcho("x".repeat(500));

test.each([
  ["unary", "application/proto", Buffer.from(body)],
  ["both", "application/grpc", envelope(body)],
] as const)(
  "the pieces of a %s request do not hold the buffers that they came in",
  async (name, type, whole) => {
    const method = echoMethods[name];
    const handlers: FuzzHandler[] = [];
    const open = (call: ConstructorParameters<typeof FuzzHandler>[0]) => {
      const handler = new FuzzHandler(call, encodeEcho("answer"), false);
      handlers.push(handler);
      return handler;
    };
    const exchange = new FakeExchange({
      httpVersion: 2,
      method: "POST",
      target: `/test.v1.EchoService/${method.name}`,
      headers: { "content-type": type },
    });
    const wire = new FuzzWire([{ method, open }], 65_536);
    wire.begin(exchange);
    const before = heldBytes();
    for (const byte of whole) {
      // As a socket hands it over: one byte of the request, and 64 KiB of something else behind it.
      exchange.data(Buffer.alloc(65_536, byte).subarray(0, 1));
    }
    await turn();
    await expectNothingHeld(before);
    exchange.dataEnd();
    await turn();
    expect(handlers.map(({ messages }) => messages)).toEqual([[Buffer.from(body)]]);
  },
);
