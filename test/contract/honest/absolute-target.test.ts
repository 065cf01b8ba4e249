import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../../server/src/server.ts";
import { LogBook } from "../stage/log-book.ts";
import { configOf } from "../stage/stage.ts";

let server: Server;
let url: URL;
beforeAll(async () => {
  server = new Server(await configOf([]), { logger: new LogBook() });
  url = new URL((await server.start()).url);
});
afterAll(() => server.close(0));

/** One request as text, and the whole answer. */
async function talk(target: string, body: string): Promise<string> {
  const socket = connect(Number(url.port), url.hostname);
  const head = [
    `POST ${target} HTTP/1.1`,
    "host: elsewhere.invalid",
    "content-type: application/json",
    `content-length: ${body.length}`,
    "connection: close",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const method = "/parley.v1.SignalingService/SendSignals";

test.each(["http", "HTTP", "https"])(
  "a target in absolute form (%s) is served as its path",
  async (scheme) => {
    expect(await talk(`${scheme}://${url.host}${method}`, "{}")).toContain("SESSION_TOKEN_INVALID");
  },
);

test.each([`ftp://${"x"}${method}`, `http://user@x${method}`, `http:${method}`, `*`, `x${method}`])(
  "%s is no target",
  async (target) => {
    expect(await talk(target, "{}")).toMatch(/^HTTP\/1\.1 40[04] /);
  },
);

test("the health checks take one too", async () => {
  expect(await talk(`http://${url.host}/healthz`, "")).not.toMatch(/^HTTP\/1\.1 404 /);
});
