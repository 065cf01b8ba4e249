import { expect, test } from "vitest";
import { echoMethods, encodeEcho } from "./echo-service.ts";
import { FakeExchange } from "./fake-exchange.ts";
import { FuzzHandler, FuzzWire, turn } from "./fuzz-call.ts";
import { envelope } from "./raw-request.ts";

const calls = 20;
const messages = 1000;
/** What a turn takes of all calls that flood: 128 messages of two of them. */
const mostPerTurn = 256;

test("calls that flood share the turns of the event loop", async () => {
  const method = echoMethods.both;
  const handlers: FuzzHandler[] = [];
  const open = (call: ConstructorParameters<typeof FuzzHandler>[0]) => {
    const handler = new FuzzHandler(call, encodeEcho("answer"), false);
    handlers.push(handler);
    return handler;
  };
  const wire = new FuzzWire([{ method, open }], 65_536);
  const flood = Buffer.concat(Array.from({ length: messages }, () => envelope(encodeEcho("x"))));
  for (let each = 0; each < calls; each++) {
    const exchange = new FakeExchange({
      httpVersion: 2,
      method: "POST",
      target: `/test.v1.EchoService/${method.name}`,
      headers: { "content-type": "application/grpc" },
    });
    wire.begin(exchange);
    exchange.data(flood);
  }
  const taken = () => handlers.reduce((sum, handler) => sum + handler.messages.length, 0);
  await turn();
  let turns = 0;
  for (let before = taken(); before < calls * messages; turns++) {
    await turn();
    const now = taken();
    expect(now - before).toBeLessThanOrEqual(mostPerTurn);
    before = now;
    expect(turns).toBeLessThan(1000);
  }
  expect(handlers.every((handler) => handler.messages.length === messages)).toBe(true);
});
