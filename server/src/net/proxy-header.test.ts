import fc from "fast-check";
import { expect, test } from "vitest";
import { readProxyHeader } from "./proxy-header.ts";

const text = (line: string) => Buffer.from(`${line}\r\n`);

function binary(command: number, family: number, addresses: readonly number[], extra = 0): Buffer {
  const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
  const head = Buffer.from([0x20 | command, (family << 4) | 1, 0, addresses.length + extra]);
  return Buffer.concat([signature, head, Buffer.from(addresses), Buffer.alloc(extra)]);
}

const ipv4 = [192, 0, 2, 7, 10, 0, 0, 1, 0, 80, 1, 187];
const ipv6 = [
  0x20,
  1,
  0xd,
  0xb8,
  ...Array.from({ length: 11 }, () => 0),
  7,
  ...Array.from({ length: 20 }, () => 0),
];

const mapped = [...Array.from({ length: 10 }, () => 0), 0xff, 0xff, 192, 0, 2, 7, ...ipv6.slice(16)];

test.each([
  ["version 1, IPv4 in IPv6", text("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:10.0.0.1 56324 443"), "192.0.2.7"],
  ["version 2, IPv4 in IPv6", binary(1, 2, mapped), "192.0.2.7"],
  ["version 1, IPv4", text("PROXY TCP4 192.0.2.7 10.0.0.1 56324 443"), "192.0.2.7"],
  ["version 1, IPv6", text("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443"), "2001:db8::7"],
  ["version 1, the proxy itself", text("PROXY UNKNOWN"), undefined],
  ["version 2, IPv4", binary(1, 1, ipv4), "192.0.2.7"],
  ["version 2, IPv6", binary(1, 2, ipv6), "2001:db8:0:0:0:0:0:7"],
  ["version 2, with extensions", binary(1, 1, ipv4, 100), "192.0.2.7"],
  ["version 2, the proxy itself", binary(0, 1, ipv4), undefined],
  ["version 2, a socket of Unix", binary(1, 3, ipv4), undefined],
])("%s: the address is read however the bytes are cut, and nothing behind it", (_name, header, address) => {
  for (let length = 1; length < header.length; length++) {
    expect(readProxyHeader(header.subarray(0, length))).toEqual({ kind: "partial" });
  }
  const more = Buffer.concat([header, Buffer.from("GET / HTTP/1.1\r\n")]);
  expect(readProxyHeader(more)).toEqual({ kind: "header", bytes: header.length, address });
});

test.each([
  ["a wrong address", text("PROXY TCP4 192.0.2 10.0.0.1 56324 443")],
  ["an IPv6 address as IPv4", text("PROXY TCP4 ::1 ::1 56324 443")],
  ["another protocol", text("PROXY UDP4 192.0.2.7 10.0.0.1 56324 443")],
  ["no port", text("PROXY TCP4 192.0.2.7 10.0.0.1")],
  ["a line without an end", Buffer.from(`PROXY TCP4 ${"1".repeat(200)}`)],
  [
    "version 3",
    Buffer.concat([binary(1, 1, ipv4).subarray(0, 12), Buffer.from([0x31, 0x11, 0, 12, ...ipv4])]),
  ],
  ["too long", Buffer.concat([binary(1, 1, ipv4).subarray(0, 12), Buffer.from([0x21, 0x11, 0xff, 0xff])])],
])("%s is malformed", (_name, bytes) => {
  expect(readProxyHeader(bytes)).toEqual({ kind: "malformed" });
});

test.each(["GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\n", "\x16\x03\x01", "PUT / HTTP/1.1"])(
  "a client that speaks for itself has no header: %j",
  (bytes) => {
    expect(readProxyHeader(Buffer.from(bytes, "latin1")).kind).toBe("none");
  },
);

test("any bytes are read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0, 6, 12), (bytes, kept) => {
      const begun = Buffer.concat([binary(1, 1, ipv4).subarray(0, kept), bytes]);
      const read = readProxyHeader(begun);
      if (read.kind === "header") expect(read.bytes).toBeLessThanOrEqual(begun.length);
    }),
  );
});
