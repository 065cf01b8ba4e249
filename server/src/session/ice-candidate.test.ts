import fc from "fast-check";
import { expect, test } from "vitest";
import { candidateFault } from "./ice-candidate.ts";

/** As it lies among other bytes. */
function faultOf(candidate: string): string | undefined {
  const bytes = Buffer.from(`typ\n${candidate} typ host`);
  return candidateFault(bytes, 4, bytes.byteLength - 9);
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
  ["an attribute line", `a=${host}\r\n`],
  ["a line that ends in LF", `${host}\n`],
  ["no candidate: before it, as pion and libdatachannel accept it", host.slice("candidate:".length)],
  ["an extension with an empty value", host.replace("Vx3k", "")],
  ["an extension with an empty value at the end", `${host} ufrag `],
  ["an extension without a value", `${host} lonely`],
  ["raddr without a value", "candidate:2 1 udp 1 203.0.113.7 5000 typ srflx raddr rport 5000"],
  ["an empty foundation", host.replace("842163049", "")],
  ["an empty foundation and no candidate:", host.replace("candidate:842163049", "")],
  ["a foundation of 64 characters", host.replace("842163049", "f".repeat(64))],
  ["a foundation with other characters", host.replace("842163049", "Host_1-{a}~ü")],
  ["two spaces between fields", host.replaceAll(" ", "  ")],
  ["spaces at the end", `${host}   `],
  ["spaces before the end of the line", `${host}  \r\n`],
  ["TYP in capitals", host.replace("typ", "TYP")],
  ["a component, a priority and a port that no RFC allows", "candidate:1 300 udp 9999999999 x 70000 typ y"],
  ["a transport and a type of the future", host.replace("udp", "quic+tls/1").replace("host", "teleport_9")],
  ["a long host name and many extensions", `${host} host-name ${"x".repeat(4000)}`],
  ["an extension named typ", `${host} typ host`],
])("right: %s", (_what, candidate) => {
  expect(faultOf(candidate)).toBeUndefined();
});

test.each([
  ["another attribute", "a=mid:0"],
  ["the prefix alone", "candidate:"],
  ["words", "candidate:nonsense"],
  ["a space", " "],
  ["an end of line", "\r\n"],
  ["no type", host.replace("typ host", "host")],
  ["nothing behind typ", "candidate:1 1 udp 1 192.0.2.1 9 typ"],
  ["nothing but spaces behind typ", "candidate:1 1 udp 1 192.0.2.1 9 typ   "],
  ["too little before typ", "candidate: 1 udp typ host"],
  ["a session description", "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=a b c d e f typ host\r\n"],
  ["a second line", `${host}\r\na=candidate:x`],
  ["a second line, of a lone CR", `${host}\ra=candidate:x`],
  ["two line ends", `${host}\r\n\r\n`],
  ["a line end before it", `\n${host}`],
  ...[..."\0\t\x0b\x0c\x1b\x1c\x7f\x85\x9f\u2028\u2029"].map((each) => [
    `with ${JSON.stringify(each)}`,
    host.replace("192.0.2.1", `192.0.2.1${each}`),
  ]),
])("wrong: %s", (_what, candidate) => {
  expect(faultOf(candidate)).toEqual(expect.any(String));
});

test("what is wrong is reported without the candidate", () => {
  expect(faultOf(`${host}\0`)).not.toContain("192.0.2.1");
});

test("a candidate that almost matches is refused in no time", () => {
  const started = performance.now();
  faultOf(`${" typ".repeat(10_000)}\n\n`);
  expect(performance.now() - started).toBeLessThan(100);
});

/** The same rule as an expression, to hold the scanner against. */
const attribute = /^ *(?:[^ ]+ +){5,}typ +[^ ]/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const lineBreak = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

function isRight(candidate: string): boolean {
  const line = candidate.replace(/\r?\n$/, "");
  return candidate === "" || (!lineBreak.test(line) && attribute.test(line));
}

test("whatever is done to a candidate, it is right if it is one line with a type behind five words", () => {
  const pieces = [
    host,
    "candidate:",
    " ",
    "  ",
    "\r\n",
    "\n",
    "\r",
    "1",
    "typ",
    " typ host",
    "é",
    "\u2028",
    "",
  ];
  const change = fc.record({ at: fc.nat(120), removed: fc.nat(20), piece: fc.constantFrom(...pieces) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
      const candidate = changes.reduce(
        (text, { at, removed, piece }) => text.slice(0, at) + piece + text.slice(at + removed),
        host,
      );
      expect(faultOf(candidate) === undefined).toBe(isRight(candidate));
    }),
    { numRuns: 5000 },
  );
});
