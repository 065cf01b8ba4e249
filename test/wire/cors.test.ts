import { describe, expect, test } from "vitest";
import { rawRequest } from "./raw-request.ts";
import { WirePort } from "./wire-port.ts";

const path = "/test.v1.EchoService/Unary";
const preflight = {
  path,
  method: "OPTIONS",
  headers: {
    origin: "https://a.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type, authorization",
  },
};
const call = {
  path,
  headers: { origin: "https://a.example", "content-type": "application/json" },
  body: '{"text":"hi"}',
};

describe.each([1, 2] as const)("cross-origin on HTTP/%d", (http) => {
  test("a page of any origin may call, without credentials", async () => {
    await using port = await WirePort.start();
    const asked = await rawRequest(port.url, http, preflight);
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "POST, GET",
      "access-control-max-age": "7200",
    });
    expect(asked.headers["access-control-allow-headers"]).toMatch(/Connect-Protocol-Version.*Authorization/);
    expect(asked.headers["access-control-allow-credentials"]).toBeUndefined();
    const response = await rawRequest(port.url, http, call);
    expect(response.headers["access-control-allow-origin"]).toBe("*");
    expect(response.headers["access-control-expose-headers"]).toContain("Grpc-Status");
  });

  test("a page may read errors too", async () => {
    await using port = await WirePort.start();
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

  test("where origins are named, no other page may call", async () => {
    await using port = await WirePort.start({ corsOrigins: ["https://a.example", "https://b.example"] });
    const named = await rawRequest(port.url, http, preflight);
    expect(named.headers).toMatchObject({
      "access-control-allow-origin": "https://a.example",
      vary: "origin",
    });
    const other = { ...preflight, headers: { ...preflight.headers, origin: "https://evil.example" } };
    const refused = await rawRequest(port.url, http, other);
    expect(refused.status).toBe(403);
    expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
    const response = await rawRequest(port.url, http, {
      ...call,
      headers: { ...call.headers, origin: "null" },
    });
    expect(response.headers["access-control-allow-origin"]).toBeUndefined();
    expect(response.headers).toMatchObject({ vary: "origin" });
  });
});
