import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../server/src/server.ts";
import { rawRequest } from "../wire/raw-request.ts";
import { LogBook } from "./stage/log-book.ts";
import { configOf } from "./stage/stage.ts";

let server: Server;
let url: string;
beforeAll(async () => {
  server = new Server({ ...(await configOf([])), page: true }, { logger: new LogBook() });
  url = (await server.start()).url;
});
afterAll(() => server.close(0));

describe.each([1, 2] as const)("on HTTP/%d", (http) => {
  const ask = (method: string, path: string) => rawRequest(url, http, { method, path });

  test.each(["/", "/healthz", "/readyz"])("%s is there to be read", async (path) => {
    const whole = await ask("GET", path);
    expect(whole.status).toBe(200);
    expect(whole.body.byteLength).toBeGreaterThan(0);
    const head = await ask("HEAD", path);
    expect([head.status, head.body.byteLength]).toEqual([200, 0]);
    expect(head.headers["content-type"]).toBe(whole.headers["content-type"]);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is for neither page nor health", async (method) => {
    expect((await ask(method, "/")).status).toBe(404);
    const health = await ask(method, "/healthz");
    expect(health.status).toBe(405);
    expect(health.headers).toMatchObject({ allow: "GET, HEAD" });
  });

  test.each(["/nothing", "/%zz", "/..%2f..%2fetc/passwd", "/parley.v1.SignalingService/Nothing"])(
    "%s is not found",
    async (path) => {
      for (const method of ["GET", "HEAD", "POST"]) expect((await ask(method, path)).status).toBe(404);
    },
  );
});

describe.each([1, 2] as const)("the demo page on HTTP/%d", (http) => {
  const ask = (url: string, host: string) =>
    rawRequest(url, http, {
      method: "GET",
      path: "/",
      headers: { [http === 1 ? "host" : ":authority"]: host },
    });

  test("is served under loopback names, and under others only if it is enabled", async () => {
    const config = await configOf([]);
    await using local = new Server({ ...config, page: "loopback" }, { logger: new LogBook() });
    const { url: localUrl } = await local.start();
    for (const host of ["localhost", "127.0.0.1:8080", "[::1]"])
      expect((await ask(localUrl, host)).status).toBe(200);
    for (const host of ["signal.example", "localhost.example", "192.0.2.1:8080"]) {
      expect((await ask(localUrl, host)).status).toBe(404);
      expect((await ask(url, host)).status).toBe(200);
    }
  });

  test("can neither be embedded, opened nor changed by another page, nor load from elsewhere", async () => {
    const { headers } = await ask(url, "localhost");
    const policy = headers["content-security-policy"] ?? "";
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy.split("; ")).toContain(rule);
    expect(headers).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  });
});
