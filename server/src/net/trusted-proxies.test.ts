import { expect, test } from "vitest";
import { TrustedProxies } from "./trusted-proxies.ts";

const proxies = new TrustedProxies(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]);

test.each([
  ["10.1.2.3", true],
  ["::ffff:10.1.2.3", true],
  ["::ffff:a01:203", true],
  ["::ffff:b01:203", false],
  ["192.0.2.1", true],
  ["2001:db8:1::5", true],
  ["192.0.2.2", false],
  ["2001:db9::1", false],
  ["", false],
  ["nonsense", false],
])("%s is a trusted proxy: %s", (address, trusted) => {
  expect(proxies.trusts(address)).toBe(trusted);
});

test("no proxy is trusted unless it is named", () => {
  expect(new TrustedProxies([]).trusts("127.0.0.1")).toBe(false);
});

test.each([
  ["198.51.100.7", "198.51.100.7"],
  ["203.0.113.9, 198.51.100.7", "198.51.100.7"],
  ["198.51.100.7, 10.9.9.9, 192.0.2.1", "198.51.100.7"],
  ["198.51.100.7:4711", "198.51.100.7"],
  ["[2001:db9::7]:4711", "2001:db9::7"],
  ["10.9.9.9", "10.9.9.9"],
  ["nonsense, 10.9.9.9", "10.9.9.9"],
  ["", "10.0.0.1"],
  ["unknown", "10.0.0.1"],
])(
  "behind a trusted proxy, %s means %s: what a client wrote before it counts for nothing",
  (header, client) => {
    expect(proxies.clientBehind("10.0.0.1", header)).toBe(client);
  },
);

test.each(["10.0.0.0/33", "example.com", "10.0.0/8", "2001:db8::/129", "10.0.0.1/", "/8"])(
  "%s is refused as a setting",
  (text) => {
    expect(() => new TrustedProxies([text])).toThrow(TypeError);
  },
);
