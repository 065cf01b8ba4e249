import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RawResponse, rawRequest } from "../../../test/wire/raw-request.ts";
import { createPage } from "./page.ts";

const script = "export const page = 1;\n".repeat(100);
const folder = mkdtempSync(join(tmpdir(), "page-"));
const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
};
let server: Server;
let url: string;

beforeAll(async () => {
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "page.js"), script);
  writeFileSync(join(folder, "page.js.br"), brotliCompressSync(script));
  writeFileSync(join(folder, "page.js.gz"), gzipSync(script));
  writeFileSync(join(folder, "page.js.map"), "{}");
  const page = createPage(folder);
  if (page === undefined) throw new Error("the page is built");
  // From here on it is in memory.
  rmSync(folder, { recursive: true });
  server = createServer((request, response) => {
    if (!page(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<RawResponse> {
  return rawRequest(url, 1, { method, path, headers });
}

test("a folder without a page serves nothing", () => {
  expect(createPage(join(folder, "elsewhere"))).toBeUndefined();
});

test.each([
  ["br, gzip", "br"],
  ["gzip, deflate", "gzip"],
  ["gzip;q=1.0, br;q=0", "gzip"],
  ["GZIP", "gzip"],
  ["br;q=0.0, gzip;q=0", undefined],
  ["deflate", undefined],
  ["", undefined],
])("a client that accepts '%s' gets %s", async (accepted, encoding) => {
  const { status, headers, body } = await get("/page.js", { "accept-encoding": accepted });
  expect([status, headers["content-encoding"], headers["vary"]]).toEqual([200, encoding, "accept-encoding"]);
  expect(Number(headers["content-length"])).toBe(body.byteLength);
  const decode = decoders[encoding ?? ""] ?? ((bytes) => bytes);
  expect(decode(body).toString()).toBe(script);
});

describe("a client that has the file", () => {
  test("does not receive it again", async () => {
    const { headers } = await get("/page.js", { "accept-encoding": "br" });
    const etag = headers["etag"] ?? "";
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const validator of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await get("/page.js", { "accept-encoding": "br", "if-none-match": validator });
      expect([again.status, again.body.byteLength, again.headers["etag"]]).toEqual([304, 0, etag]);
    }
  });

  test("gets another version, or another encoding, whole", async () => {
    const { headers } = await get("/page.js", { "accept-encoding": "br" });
    for (const validator of ['"other"', headers["etag"] ?? ""]) {
      expect((await get("/page.js", { "if-none-match": validator })).status).toBe(200);
    }
  });
});

test.each(["bytes=0-4", "bytes=5-2", "bytes=-1", "lines=1"])(
  "a range (%s) gets the whole file",
  async (range) => {
    const { status, headers, body } = await get("/page.js", { range });
    expect([status, body.toString()]).toEqual([200, script]);
    expect(headers).not.toHaveProperty("accept-ranges");
  },
);

test("HEAD has the headers and no body", async () => {
  const { status, headers, body } = await get("/", {}, "HEAD");
  expect([status, headers["content-length"], body.byteLength]).toEqual([200, "34", 0]);
});

test.each(["/page.js.br", "/page.js.gz", "/page.js.map", "//page.js", "/page.js/", "/nothing"])(
  "%s is no file of the page",
  async (path) => expect((await get(path)).status).toBe(404),
);

test.each(["POST", "PUT", "DELETE"])("%s is not for the page", async (method) => {
  expect((await get("/", {}, method)).status).toBe(404);
});
