import { describe, expect, test } from "vitest";
import { OriginPolicy, type OriginPolicyOptions } from "./origin-policy.ts";

function refusal(
  headers: Readonly<Record<string, string>>,
  options: Partial<OriginPolicyOptions> = {},
  method = "POST",
): string | undefined {
  const policy = new OriginPolicy({ origins: [], hosts: [], loopback: false, ...options });
  return policy.refusal({ method, headers });
}

const onLoopback = { loopback: true };
const site = (value: string) => ({ "sec-fetch-site": value });

describe("requests that are not from a browser pass, whatever their Host", () => {
  test.each([{ host: "evil.example" }, { ":authority": "parley" }, {}])("%j", (headers) => {
    expect(refusal(headers)).toBeUndefined();
  });
});

describe("a browser reaches the service under a known host only", () => {
  const known = { hosts: ["signal.example"], origins: ["https://app.example:8443"] };

  test.each([
    "localhost",
    "localhost:8080",
    "LocalHost.",
    "my.localhost:1",
    "127.0.0.1:8080",
    "127.8.9.1",
    "[::1]:8080",
    "signal.example",
    "Signal.Example:8443",
    "app.example",
  ])("%s is known", (host) => {
    expect(refusal({ host, ...site("same-origin") }, known)).toBeUndefined();
    expect(refusal({ ":authority": host, origin: `http://${host}` }, known)).toBeUndefined();
  });

  test.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "signal.example.evil",
    "192.0.2.1",
    "[2001:db8::1]:8080",
    "user@localhost",
    "localhost, evil.example",
    "",
  ])("'%s' is not, also if the browser calls it the same origin", (host) => {
    for (const headers of [
      { host, ...site("same-origin") },
      { host, ...site("none") },
      { host, origin: `http://${host}`, ...site("same-origin") },
      { host, origin: `http://${host}` },
      { ":authority": host, origin: "http://localhost" },
    ])
      expect(refusal(headers, { ...known, ...onLoopback })).toContain("PARLEY_HOSTS");
  });

  test("any is, if that is configured", () => {
    for (const any of [{ hosts: ["*"] }, { origins: ["*"] }])
      expect(refusal({ host: "evil.example", ...site("same-origin") }, any)).toBeUndefined();
  });
});

describe("a page of the same origin passes", () => {
  test.each([
    ["http://localhost:8080", "localhost:8080"],
    // A proxy ends TLS: the scheme is another one, and a default port is not written.
    ["https://signal.example", "signal.example"],
    ["https://signal.example", "signal.example:443"],
    ["http://signal.example", "signal.example:80"],
    ["https://signal.example:8443", "signal.example:8443"],
    ["https://SIGNAL.example:8443", "signal.example:8443"],
  ])("%s at %s", (origin, host) => {
    expect(refusal({ origin, host }, { hosts: ["signal.example"] })).toBeUndefined();
  });

  test.each([
    ["http://localhost:3000", "localhost:8080"],
    ["https://signal.example:8443", "signal.example"],
    ["https://signal.example", "signal.example:80"],
    ["https://app.signal.example", "signal.example"],
    ["capacitor://signal.example", "signal.example"],
  ])("%s at %s is another one", (origin, host) => {
    expect(refusal({ origin, host }, { hosts: ["signal.example"] })).toContain("PARLEY_CORS_ORIGIN");
  });
});

describe("pages of other origins", () => {
  const host = "localhost:8080";

  test.each(["http://localhost:5173", "https://127.0.0.1", "http://[::1]:3000", "http://app.localhost"])(
    "%s may call a service on loopback, and no other",
    (origin) => {
      expect(refusal({ host, origin, ...site("cross-site") }, onLoopback)).toBeUndefined();
      expect(refusal({ host, origin, ...site("cross-site") })).toContain("PARLEY_CORS_ORIGIN");
    },
  );

  test.each([
    "https://evil.example",
    "null",
    "capacitor://localhost",
    "app://localhost",
    "chrome-extension://abcdef",
    "http://localhost.evil.example",
    "http://localhost@evil.example",
    "",
  ])("'%s' may call if it is configured, and not otherwise", (origin) => {
    expect(refusal({ host, origin, ...site("cross-site") }, onLoopback)).toContain("PARLEY_CORS_ORIGIN");
    expect(refusal({ host, origin, ...site("cross-site") }, { origins: [origin] })).toBeUndefined();
    expect(refusal({ host, origin, ...site("cross-site") }, { origins: ["*"] })).toBeUndefined();
  });

  test("a configured origin is compared as browsers write it", () => {
    const origins = ["HTTPS://App.Example:443/"];
    expect(refusal({ host, origin: "https://app.example" }, { origins })).toBeUndefined();
    expect(refusal({ host, origin: "http://app.example" }, { origins })).toBeDefined();
  });
});

describe("without an Origin", () => {
  const host = "localhost:8080";

  test.each(["none", "same-origin", "same-site", "cross-site"])("a page (%s) is read", (value) => {
    for (const method of ["GET", "HEAD"])
      expect(refusal({ host, ...site(value) }, {}, method)).toBeUndefined();
  });

  test.each(["same-site", "cross-site"])("nothing is done for a page of another site (%s)", (value) => {
    expect(refusal({ host, ...site(value) }, onLoopback)).toBeDefined();
  });
});

test("what a page was permitted holds for its own origin and host only", () => {
  const policy = new OriginPolicy({ origins: [], hosts: ["signal.example"], loopback: false });
  const ask = (origin: string | undefined, host: string) => {
    const headers = origin === undefined ? { host, ...site("cross-site") } : { origin, host };
    return [policy.refusal({ method: "POST", headers }), policy.allowedOrigin(headers)];
  };
  const [page, host] = ["https://signal.example", "signal.example"];
  expect(ask(undefined, "")).toEqual([expect.stringContaining("PARLEY_HOSTS"), undefined]);
  for (let time = 0; time < 2; time++) {
    expect(ask(page, host)).toEqual([undefined, page]);
    expect(ask("https://evil.example", host)).toEqual([
      expect.stringContaining("PARLEY_CORS_ORIGIN"),
      undefined,
    ]);
    expect(ask(page, "evil.example")).toEqual([expect.stringContaining("PARLEY_HOSTS"), undefined]);
    expect(ask(undefined, host)).toEqual([expect.stringContaining("no Origin"), undefined]);
  }
});

test("a refusal quotes no more of a request than one can read", () => {
  const long = "x".repeat(10_000);
  expect(refusal({ host: `${long}.example`, origin: "http://a" })?.length).toBeLessThan(400);
  expect(refusal({ host: "localhost", origin: `http://${long}` })?.length).toBeLessThan(400);
});
