import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { makeTls } from "../kit/make-tls.ts";
import { RawConnection } from "./raw-connection.ts";
import { WirePort } from "./wire-port.ts";

/** More than a socket takes before it asks its writer to wait. */
const large = Buffer.alloc(1_000_000, "x");

/** Answers `/large` at length, and everything else with how long its body was. */
function serve(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url === "/large") {
    response.end(large);
    return true;
  }
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  request.on("end", () => response.end(`got ${bytes}.`));
  return true;
}

/** Shakes hands through a network that can hold back what the client sends, and hand it on in one piece. */
async function secured(port: WirePort) {
  const network = await port.connect();
  let held: Buffer[] | undefined;
  const carrier = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      if (held === undefined) network.write(chunk);
      else held.push(chunk);
      done();
    },
    final: (done) => void network.end(done),
  });
  network.on("data", (chunk) => carrier.push(chunk));
  network.on("close", () => carrier.destroy());
  const socket = connectTls({ socket: carrier, ALPNProtocols: ["http/1.1"], rejectUnauthorized: false });
  await once(socket, "secureConnect");
  /** Each piece is a record of its own. */
  const sendAtOnce = async (...records: readonly string[]) => {
    held = [];
    for (const record of records) await new Promise((resolve) => socket.write(record, resolve));
    network.write(Buffer.concat(held));
    held = undefined;
  };
  return { connection: new RawConnection(socket), sendAtOnce };
}

test("over TLS, a request in two records behind a response that the client has not taken yet is answered", async () => {
  await using port = await WirePort.start({ tls: makeTls(), requests: [{ serve }] });
  const { connection, sendAtOnce } = await secured(port);
  const host = "host: localhost\r\n";
  await sendAtOnce(
    `GET /large HTTP/1.1\r\n${host}\r\nPOST / HTTP/1.1\r\n${host}content-length: 10\r\n\r\n`,
    "ten bytes.",
  );
  await connection.until((bytes) => bytes.includes("got 10."));
  expect(connection.bytes.toString("latin1").match(/HTTP\/1.1 \d+/g)).toEqual([
    "HTTP/1.1 200",
    "HTTP/1.1 200",
  ]);
  connection.socket.destroy();
  await connection.closed;
});
