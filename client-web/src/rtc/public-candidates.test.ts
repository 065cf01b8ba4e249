import { expect, test } from "vitest";
import { withPublicCandidates } from "./public-candidates.ts";

const candidateAt = (address: string) => `candidate:1 1 udp 2122260223 ${address} 54400 typ host`;
const signalOf = (candidate: string) => ({ kind: "ice-candidate", candidate: { candidate } }) as const;
const hidden = [
  "10.1.2.3",
  "172.16.0.1",
  "192.168.1.2",
  "100.64.0.1",
  "127.0.0.1",
  "169.254.1.1",
  "192.0.0.2",
  "198.18.0.1",
  "::1",
  "fd00::1",
  "fe80::1",
];
const shown = [
  "203.0.113.7",
  "172.32.0.1",
  "100.128.0.1",
  "2001:db8::1",
  "d7f1a0cc.local",
  "1.10.0.1",
  "192.0.1.1",
  "198.20.0.1",
];

test.each(hidden)("a candidate at %s is not sent", (address) => {
  expect(withPublicCandidates(signalOf(candidateAt(address)))).toBeUndefined();
});

test.each([...shown.map(candidateAt), ""])("%s is sent", (candidate) => {
  expect(withPublicCandidates(signalOf(candidate))).toEqual(signalOf(candidate));
});

test("a description loses its private candidates, and nothing else", () => {
  const lines = ["v=0", "c=IN IP4 192.168.1.2", `a=${candidateAt("203.0.113.7")}`, "a=end-of-candidates", ""];
  const sdp = lines.join("\r\n");
  const withPrivate = sdp.replace("a=end", `a=${candidateAt("192.168.1.2")}\r\na=end`);
  expect(withPublicCandidates({ kind: "offer", sdp: withPrivate })).toEqual({ kind: "offer", sdp });
});

test("other signals stay as they are", () => {
  const bye = { kind: "bye", reason: "candidate:1 1 udp 1 10.0.0.1 9 typ host" } as const;
  expect(withPublicCandidates(bye)).toBe(bye);
});
