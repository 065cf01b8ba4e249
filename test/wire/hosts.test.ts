import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { get as httpsGet } from "node:https";
import { afterAll, expect, test } from "vitest";
import { TestAuthority } from "../redis/test-authority.ts";
import { rawHttp2, rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const authority = new TestAuthority();
const { certFile, keyFile } = authority.issue(
  "IP:127.0.0.1,DNS:signal.example,DNS:localhost,DNS:app.localhost",
);
const { ca } = authority;
afterAll(() => authority[Symbol.dispose]());

/** The first line of the answer to a request as it stands. */
async function statusLine(port: WirePort, lines: readonly string[]): Promise<string> {
  const socket = await port.connect();
  socket.end(`${lines.join("\r\n")}\r\nconnection: close\r\n\r\n`);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer.slice(0, answer.indexOf("\r\n"));
}

test.each([
  [["host: a.example", "host: b.example"]],
  [["host: a.example", "Host: a.example"]],
  [["HOST: a.example", "accept: */*", "host: a.example"]],
])("a request with two Host headers (%j) is refused", async (headers) => {
  await using port = await WirePort.start();
  expect(await statusLine(port, ["GET / HTTP/1.1", ...headers])).toBe("HTTP/1.1 400 Bad Request");
  expect(await statusLine(port, ["GET / HTTP/1.1", "host: a.example"])).toBe("HTTP/1.1 404 Not Found");
});

test("on HTTP/2, a Host that is not the :authority is refused", async () => {
  await using port = await WirePort.start();
  const session = connect(port.url);
  const ask = (headers: Record<string, string>) =>
    rawHttp2(session, { method: "GET", path: "/", headers: { ":authority": "a.example", ...headers } });
  expect((await ask({})).status).toBe(404);
  expect((await ask({ host: "A.example" })).status).toBe(404);
  const refused = await ask({ host: "b.example" });
  expect([refused.status, refused.body.toString()]).toEqual([400, expect.stringContaining("two hosts")]);
  session.destroy();
});

test.each([
  ["signal.example", "max-age=31536000"],
  ["signal.example:8443", "max-age=31536000"],
  ["localhost", undefined],
  ["app.localhost:8443", undefined],
  ["127.0.0.1", undefined],
  ["[::1]", undefined],
  ["192.0.2.1", undefined],
])("over TLS, strict-transport-security for %s is %s", async (host, expected) => {
  await using port = await WirePort.start({
    tls: { cert: readFileSync(certFile), key: readFileSync(keyFile) },
  });
  for (const path of ["/", "/test.v1.EchoService/Unary"]) {
    const request = httpsGet({ host: "127.0.0.1", port: port.number, path, headers: { host }, ca });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    expect(response.headers["strict-transport-security"]).toBe(expected);
  }
});

test("without TLS it is never sent", async () => {
  await using port = await WirePort.start();
  const { headers } = await rawRequest(port.url, 1, {
    method: "GET",
    path: "/",
    headers: { host: "a.example" },
  });
  expect(headers["strict-transport-security"]).toBeUndefined();
});
