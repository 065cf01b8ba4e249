import { expect, test } from "vitest";
import { policyFault } from "./candidate-policy.ts";

const noPrivate = { relayOnly: false, noPrivate: true };
const relayOnly = { relayOnly: true, noPrivate: false };

const candidateAt = (address: string, type = "host") =>
  `candidate:842163049 1 udp 1677729535 ${address} 46154 typ ${type} raddr 192.168.1.2 rport 46154`;
const faultOf = (policy: typeof noPrivate, kind: "sdp" | "candidate", text: string) =>
  policyFault(policy, kind, Buffer.from(text))?.message;
const sdpWith = (...candidates: readonly string[]) =>
  ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111"]
    .concat("c=IN IP4 192.168.1.2", ...candidates.map((candidate) => `a=${candidate}`), "")
    .join("\r\n");

const privateOnes = [
  ...["10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.2", "127.0.0.1", "169.254.7.7", "100.64.0.1"],
  ...["0.0.0.0", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:192.168.1.2", "::ffff:c0a8:102"],
  ...["localhost", "a.localhost", "0x7f.1", "2130706433", "192.168.1"],
];
const others = [
  ...["203.0.113.7", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:203.0.113.7", "turn.example.org"],
  "d7f1a0cc-9b65-4f4a-a8c5-1c2f0d3e4b5a.local",
];

test.each(privateOnes)("no_private refuses %s, by itself and in a description", (address) => {
  const fault = "the ICE policy no_private permits no private addresses";
  expect(faultOf(noPrivate, "candidate", candidateAt(address))).toBe(fault);
  expect(faultOf(noPrivate, "sdp", sdpWith(candidateAt("203.0.113.7"), candidateAt(address)))).toBe(fault);
});

test.each(others)("no_private permits %s, whatever raddr and c= are", (address) => {
  expect(faultOf(noPrivate, "candidate", candidateAt(address, "srflx"))).toBeUndefined();
  expect(faultOf(noPrivate, "sdp", sdpWith(candidateAt(address, "srflx")))).toBeUndefined();
});

test.each(["host", "srflx", "prflx", "Host"])("relay_only refuses candidates of the type %s", (type) => {
  const fault = "the ICE policy relay_only permits relayed candidates only";
  expect(faultOf(relayOnly, "candidate", candidateAt("203.0.113.7", type))).toBe(fault);
  expect(faultOf(relayOnly, "sdp", sdpWith(candidateAt("203.0.113.7", type)))).toBe(fault);
});

test("relay_only permits relayed candidates of any address, and descriptions without candidates", () => {
  expect(faultOf(relayOnly, "candidate", candidateAt("10.0.0.1", "relay"))).toBeUndefined();
  expect(faultOf(relayOnly, "sdp", sdpWith(candidateAt("10.0.0.1", "relay")))).toBeUndefined();
  expect(faultOf(relayOnly, "sdp", sdpWith())).toBeUndefined();
});

test.each([
  ["the end of candidates", ""],
  ["a line end behind it", `${candidateAt("203.0.113.7", "relay")}\r\n`],
  ["no foundation", candidateAt("203.0.113.7", "relay").replace(/^\S+ /, "")],
  ["an empty foundation", candidateAt("203.0.113.7", "relay").replace("842163049", "")],
])("a candidate with %s is permitted", (_, candidate) => {
  expect(faultOf({ relayOnly: true, noPrivate: true }, "candidate", candidate)).toBeUndefined();
});

test("a candidate is refused if endpoints may find another address in it", () => {
  const fault = "the ICE policy needs the address and the type of a candidate";
  const two = "candidate:1 1 udp 1 203.0.113.7 9 x 192.168.1.2 9 typ relay";
  expect(faultOf(noPrivate, "candidate", two)).toBe(fault);
  const early = "candidate:1 1 typ udp 192.168.1.2 9 9 typ relay";
  expect(faultOf(noPrivate, "candidate", early)).toBe(fault);
});

test("the line ends of a description may be of any kind", () => {
  const lines = sdpWith(candidateAt("203.0.113.7"), candidateAt("10.0.0.1"));
  for (const end of ["\n", "\r", "\r\n\r\n"]) {
    expect(faultOf(noPrivate, "sdp", lines.replaceAll("\r\n", end))).toBeDefined();
  }
});
