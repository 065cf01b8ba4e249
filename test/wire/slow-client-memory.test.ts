import { test } from "vitest";
import type { Call, CallHandler, Route } from "../../server/src/rpc/call.ts";
import { echoMethods, encodeEcho } from "./echo-service.ts";
import { expectNothingHeld, heldBytes } from "./held-buffers.ts";
import { callHeaders, FrameFlag, FrameType, frame } from "./http2-frames.ts";
import { RawConnection } from "./raw-connection.ts";
import { envelope } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const method = echoMethods.down;
const path = `/${method.parent.typeName}/${method.name}`;
const request = envelope(encodeEcho("ask"));

const ways = [
  {
    name: "HTTP/1.1",
    ask: (connection: RawConnection) => {
      const head = [
        `POST ${path} HTTP/1.1`,
        "host: localhost",
        "content-type: application/connect+proto",
        `content-length: ${request.byteLength}`,
      ];
      connection.socket.write(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), request]));
    },
  },
  {
    name: "HTTP/2",
    ask: (connection: RawConnection) => {
      connection.greet();
      connection.socket.write(
        Buffer.concat([
          frame(FrameType.headers, FrameFlag.endHeaders, 1, callHeaders(path)),
          frame(FrameType.data, FrameFlag.endStream, 1, request),
        ]),
      );
    },
  },
];

test.each(ways)("what waits for a client that does not read keeps its own size: $name", async ({ ask }) => {
  const { promise: asked, resolve } = Promise.withResolvers<Call>();
  const open = (call: Call): CallHandler => ({
    message: () => resolve(call),
    halfClose: () => {},
    drain: () => {},
    closed: () => {},
  });
  const routes: Route[] = [{ method, open }];
  await using port = await WirePort.start({ routes });
  const connection = new RawConnection(await port.connect(), false);
  ask(connection);
  const call = await asked;
  const large = encodeEcho("x".repeat(60_000));
  for (let full = false; !full; await turn()) full = !call.write(large);
  const small = encodeEcho("x".repeat(300));
  const before = heldBytes();
  for (let round = 0; round < 200; round++) {
    call.write(small);
    // What others make of the pool meanwhile.
    for (let other = 0; other < 16; other++) Buffer.allocUnsafe(4000);
    await turn();
  }
  await expectNothingHeld(before);
  connection.socket.destroy();
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
