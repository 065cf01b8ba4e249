import { expect, test } from "vitest";
import { candidateFault } from "./ice-candidate.ts";

const host =
  "candidate:842163049 1 udp 2122260223 192.0.2.1 54400 typ host generation 0 ufrag Vx3k network-id 1";

test.each([
  ["the end of candidates", ""],
  ["one as Chromium makes it", host],
  ["one as Firefox makes it", "candidate:0 1 UDP 2122252543 192.0.2.1 50505 typ host"],
  [
    "an mDNS name",
    "candidate:1 1 udp 1 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 9 typ host generation 0 ufrag a network-cost 999",
  ],
  ["IPv6", "candidate:1 1 udp 1 2001:db8::1 9 typ host"],
  ["IPv6 of a link", "candidate:1 1 udp 1 fe80::1%eth0 9 typ host"],
  [
    "a reflexive one",
    "candidate:2 1 udp 1686052607 203.0.113.7 5000 typ srflx raddr 192.0.2.1 rport 5000 generation 0",
  ],
  ["a relayed one", "candidate:3 1 udp 41885439 198.51.100.3 50000 typ relay raddr 0.0.0.0 rport 0"],
  ["TCP", "candidate:4 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active"],
  ["the second component", host.replace(" 1 udp", " 2 udp")],
  ["an attribute line", `a=${host}\r\n`],
  ["a trailing space", `${host} `],
])("right: %s", (_what, candidate) => {
  expect(candidateFault(candidate)).toBeUndefined();
});

test.each([
  ["another attribute", "a=mid:0"],
  ["no foundation", host.replace("842163049", "")],
  ["a component of 0", host.replace(" 1 udp", " 0 udp")],
  ["a component of 257", host.replace(" 1 udp", " 257 udp")],
  ["a priority beyond 32 bits", host.replace("2122260223", "4294967296")],
  ["a port beyond 16 bits", host.replace("54400", "65536")],
  ["no type", host.replace("typ host", "host")],
  ["an extension without a value", `${host} lonely`],
  ["a second line", `${host}\r\na=candidate:x`],
  ["NUL", host.replace("192.0.2.1", "192.0.2.1\0")],
  ["HTML", host.replace("192.0.2.1", "<script>")],
  ["more than 1024 characters", `${host} x ${"y".repeat(1024)}`],
])("wrong: %s", (_what, candidate) => {
  expect(candidateFault(candidate)).toEqual(expect.any(String));
});

test("a candidate that almost matches is refused in no time", () => {
  const started = performance.now();
  candidateFault(`${host}${" a b".repeat(120)} `.concat("c"));
  expect(performance.now() - started).toBeLessThan(100);
});
