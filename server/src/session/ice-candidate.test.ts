import fc from "fast-check";
import { expect, test } from "vitest";
import { candidateFault } from "./ice-candidate.ts";

/** As it lies among other bytes. */
function faultOf(candidate: string): string | undefined {
  const bytes = Buffer.from(`a=candidate:${candidate}candidate: 1`);
  return candidateFault(bytes, 12, bytes.byteLength - 12);
}

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
  expect(faultOf(candidate)).toBeUndefined();
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
  expect(faultOf(candidate)).toEqual(expect.any(String));
});

test("a candidate that almost matches is refused in no time", () => {
  const started = performance.now();
  faultOf(`${host}${" a b".repeat(120)} `.concat("c"));
  expect(performance.now() - started).toBeLessThan(100);
});

/** What RFC 8839 section 5.1 says, as one expression: to hold the scanner against. */
const attribute =
  /^(?:a=)?candidate:[A-Za-z0-9+/]{1,32} (\d{1,5}) [A-Za-z0-9-]{1,16} (\d{1,10}) [A-Za-z0-9.:%_-]{1,255} (\d{1,5}) typ [a-z0-9-]{1,16}(?: [!-~]+ [!-~]+)* ?(?:\r?\n)?$/;

function isRight(candidate: string): boolean {
  const [line, component, priority, port] = attribute.exec(candidate) ?? [];
  if (line === undefined) return candidate === "";
  return (
    Number(component) >= 1 && Number(component) <= 256 && Number(priority) < 2 ** 32 && Number(port) < 65536
  );
}

test("whatever is done to a candidate, it is right where the grammar has it so", () => {
  const pieces = [
    host,
    "a=",
    "candidate:",
    " ",
    "  ",
    "\r\n",
    "\n",
    "\r",
    "1",
    "typ",
    " typ host",
    "x y",
    "é",
    "\0",
    "",
  ];
  const change = fc.record({ at: fc.nat(120), removed: fc.nat(12), piece: fc.constantFrom(...pieces) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
      const candidate = changes.reduce(
        (text, { at, removed, piece }) => text.slice(0, at) + piece + text.slice(at + removed),
        host,
      );
      expect(faultOf(candidate) === undefined).toBe(isRight(candidate));
    }),
    { numRuns: 5000 },
  );
});
