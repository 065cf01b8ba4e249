import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeEcho } from "./echo-service.ts";
import { RawConnection } from "./raw-connection.ts";
import { envelope, rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const unary = "/test.v1.EchoService/Unary";
const json = "content-type: application/json\r\n";

let port: WirePort;
beforeEach(async () => {
  port = await WirePort.start();
});
afterEach(async () => {
  // Whatever was done to it, it serves the next one.
  const headers = { "content-type": "application/json" };
  expect((await rawRequest(port.url, 1, { path: unary, headers, body: "{}" })).status).toBe(200);
  expect(port.errors).toEqual([]);
  await port.close(0);
});

/** Sends these bytes and ends; all that comes back until the server closes. */
async function talk(bytes: Buffer | string): Promise<string> {
  const connection = new RawConnection(await port.connect());
  connection.socket.end(bytes);
  await connection.closed;
  return connection.bytes.toString("latin1");
}

const head = (line: string, headers: string) => `${line}\r\nhost: x\r\n${headers}\r\n`;

test.each([
  ["nothing of HTTP", "hello\r\n\r\n", 400],
  ["a length that is none", head(`POST ${unary} HTTP/1.1`, `${json}content-length: many\r\n`), 400],
  ["two lengths", head(`POST ${unary} HTTP/1.1`, `${json}content-length: 2\r\ncontent-length: 3\r\n`), 400],
  [
    "a length and chunks, with which one request can hide in another",
    `${head(`POST ${unary} HTTP/1.1`, `${json}content-length: 4\r\ntransfer-encoding: chunked\r\n`)}0\r\n\r\n`,
    400,
  ],
  ["a NUL in a header", head("GET / HTTP/1.1", "a: \0\r\n"), 400],
  ["a bare CR in a header", head("GET / HTTP/1.1", "a: b\rc: d\r\n"), 400],
  ["more than 16 KiB of headers", head("GET / HTTP/1.1", `a: ${"x".repeat(17_000)}\r\n`), 431],
])("%s is refused", async (_name, bytes, status) => {
  const answer = await talk(bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  expect(answer).toContain("HEADER_INVALID");
  expect(port.heard).toEqual([]);
});

test("a request without a host is refused, by Node itself", async () => {
  expect(await talk("GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
});

describe("a method that is not for RPCs", () => {
  test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"])("%s is not allowed", async (method) => {
    const answer = await talk(head(`${method} ${unary} HTTP/1.1`, `${json}connection: close\r\n`));
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer).toMatch(/\r\nallow: POST\r\n/i);
    if (method !== "HEAD") expect(answer).toContain("METHOD_UNKNOWN");
    expect(port.heard).toEqual([]);
  });

  test("OPTIONS of everything is no RPC", async () => {
    expect(await talk(head("OPTIONS * HTTP/1.1", "connection: close\r\n"))).toMatch(/404/);
  });

  test("a tunnel is not given, and an upgrade not made", async () => {
    expect(await talk("CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n")).toBe("");
    const upgrade = "connection: upgrade, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n";
    expect(await talk(head("GET / HTTP/1.1", upgrade))).toMatch(/^HTTP\/1\.1 404 /);
  });
});

test("a chunk of no size ends the call", async () => {
  const start = head(`POST ${unary} HTTP/1.1`, `${json}transfer-encoding: chunked\r\n`);
  expect(await talk(`${start}zz\r\n`)).toMatch(/^(HTTP\/1\.1 400 |$)/);
  expect(port.heard).toHaveLength(1);
  for (const { events, closed } of port.heard) {
    await closed;
    expect(events).toEqual(["closed Canceled"]);
  }
});

test("a client that has ended its side still gets its response", async () => {
  const answer = await talk(`${head(`POST ${unary} HTTP/1.1`, `${json}content-length: 2\r\n`)}{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

test("a body that is larger than it may be is refused by its length, before it comes", async () => {
  const connection = new RawConnection(await port.connect());
  connection.socket.write(head(`POST ${unary} HTTP/1.1`, `${json}content-length: 999999999\r\n`));
  await connection.until((bytes) => bytes.includes("resource_exhausted"));
  expect(port.heard).toEqual([]);
  connection.socket.destroy();
  await connection.closed;
});

test("a request whose headers do not end is given up (slow loris)", async () => {
  await using impatient = await WirePort.start({ silenceMs: 500 });
  const connection = new RawConnection(await impatient.connect());
  connection.socket.write(`POST ${unary} HTTP/1.1\r\nhost: x\r\n`);
  await connection.closed;
  expect(connection.bytes.toString()).toMatch(/^HTTP\/1\.1 408 /);
});

test("garbage of any kind ends in a closed connection", async () => {
  const seed = Number(process.env["PARLEY_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  console.log(`fuzz of HTTP/1.1: seed ${seed}`);
  const chunk = envelope(encodeEcho("hello"));
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
    fc
      .constantFrom(
        `POST ${unary} HTTP/1.1\r\n`,
        "GET / HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n",
        "host: x\r\n",
        json,
        "content-type: application/grpc-web\r\n",
        "content-length: 14\r\n",
        "transfer-encoding: chunked\r\n",
        "\r\n",
        "c\r\n",
        "{}",
      )
      .map((text) => Buffer.from(text)),
    fc.constant(chunk),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
      await talk(Buffer.concat(pieces));
    }),
    { numRuns: 1000, seed },
  );
  for (const { closed } of port.heard) await closed;
}, 60_000);
