import { describe, expect, test } from "vitest";
import { rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const anyPage = { pages: { origins: ["*"] } };
const path = "/test.v1.EchoService/Unary";
const preflight = {
  path,
  method: "OPTIONS",
  headers: {
    origin: "https://a.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,baggage,content-type,traceparent,x-of-the-page",
  },
};
const call = {
  path,
  headers: { origin: "https://a.example", "content-type": "application/json" },
  body: '{"text":"hi"}',
};

describe.each([1, 2] as const)("cross-origin on HTTP/%d", (http) => {
  test("a page of any origin may call if that is configured, with any header and without credentials", async () => {
    await using port = await WirePort.start(anyPage);
    const asked = await rawRequest(port.url, http, preflight);
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "POST, GET, PUT, DELETE",
      "access-control-allow-headers": preflight.headers["access-control-request-headers"],
      "access-control-max-age": "7200",
    });
    expect(asked.headers["access-control-allow-credentials"]).toBeUndefined();
    const response = await rawRequest(port.url, http, call);
    expect(response.headers["access-control-allow-origin"]).toBe("*");
    expect(response.headers["access-control-expose-headers"]).toContain("Grpc-Status");
  });

  test("a page may read errors too", async () => {
    await using port = await WirePort.start(anyPage);
    for (const request of [
      { ...call, body: "{" },
      { ...call, body: "x".repeat(70_000) },
      { ...call, method: "PUT" },
      { ...call, path: "/test.v1.EchoService/Nothing" },
      { ...call, headers: { ...call.headers, "content-type": "text/plain" } },
    ]) {
      const response = await rawRequest(port.url, http, request);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers["access-control-allow-origin"]).toBe("*");
    }
  });

  test("if origins are named, no other page may call, and its request is not read", async () => {
    await using port = await WirePort.start({
      pages: { origins: ["https://a.example", "https://b.example"] },
    });
    const named = await rawRequest(port.url, http, preflight);
    expect(named.headers).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      vary: "origin",
    });
    expect((await rawRequest(port.url, http, call)).status).toBe(200);
    expect(port.heard).toHaveLength(1);
    for (const request of [preflight, call]) {
      for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
        const headers = { ...request.headers, origin };
        const refused = await rawRequest(port.url, http, { ...request, headers });
        expect(refused.status).toBe(403);
        expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
        expect(refused.headers).toMatchObject({ vary: "origin" });
        expect(refused.body.toString()).toContain("PARLEY_CORS_ORIGIN");
      }
    }
    expect(port.heard).toHaveLength(1);
  });

  test("a page of the same origin may call, and so may any client that is no browser", async () => {
    await using port = await WirePort.start();
    const { origin: _, ...headers } = call.headers;
    const same = { ...headers, origin: port.url, "sec-fetch-site": "same-origin" };
    for (const each of [same, headers]) {
      expect((await rawRequest(port.url, http, { ...call, headers: each })).status).toBe(200);
    }
  });

  test("a page that reached the service under a name of its own is refused", async () => {
    await using port = await WirePort.start({ pages: { loopback: true } });
    const host = `evil.example:${port.number}`;
    const authority: Record<string, string> = http === 1 ? { host } : { ":authority": host };
    const headers = { "content-type": "application/json", ...authority };
    expect((await rawRequest(port.url, http, { ...call, headers })).status).toBe(200);
    const rebound = { ...headers, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
    const refused = await rawRequest(port.url, http, { ...call, headers: rebound });
    expect(refused.status).toBe(403);
    expect(refused.body.toString()).toContain("PARLEY_HOSTS");
  });

  test("what answers a call is for its client alone, and of no other type than it says", async () => {
    await using port = await WirePort.start(anyPage);
    for (const request of [call, preflight, { ...call, body: "{" }, { ...call, method: "PUT" }]) {
      const { headers } = await rawRequest(port.url, http, request);
      expect(headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    }
    const { headers } = await rawRequest(port.url, http, { method: "GET", path: "/" });
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
  });
});

test("a refused page is reported, with no more than one can read", async () => {
  const refused: unknown[] = [];
  await using port = await WirePort.start({ onPageRefused: (page) => refused.push(page) });
  const origin = `https://${"x".repeat(1000)}`;
  await rawRequest(port.url, 1, { ...call, headers: { ...call.headers, origin } });
  expect(refused).toEqual([{ origin: origin.slice(0, 255), host: `127.0.0.1:${port.number}` }]);
});
