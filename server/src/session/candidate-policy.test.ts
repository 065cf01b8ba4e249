import { readdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { policyFault } from "./candidate-policy.ts";

const noPrivate = { relayOnly: false, noPrivate: true };
const relayOnly = { relayOnly: true, noPrivate: false };
const both = { relayOnly: true, noPrivate: true };

const relayed = "candidate:x 1 udp 1 203.0.113.7 9 typ relay";
const hidden = "1 udp 2122260223 192.168.1.2 46154 typ host";
const candidateAt = (address: string, type = "host") =>
  `candidate:842163049 1 udp 1677729535 ${address} 46154 typ ${type} raddr 192.168.1.2 rport 46154`;
const faultOf = (policy: typeof noPrivate, kind: "sdp" | "candidate", text: string) =>
  policyFault(policy, kind, Buffer.from(text))?.message;
const sdpWith = (...candidates: readonly string[]) =>
  ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111"]
    .concat("c=IN IP4 192.168.1.2", ...candidates.map((candidate) => `a=${candidate}`), "")
    .join("\r\n");

const privateOnes = [
  "10.0.0.1",
  "fe80::1%eth0",
  "::ffff:192.168.1.2",
  "2002:c0a8:102::1",
  "localhost",
  "nas.lan",
];
const others = ["203.0.113.7", "2001:db8::1", "d7f1a0cc-9b65-4f4a-a8c5-1c2f0d3e4b5a.local"];

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
  expect(faultOf(both, "candidate", candidate)).toBeUndefined();
});

const unclear =
  "with an ICE policy a candidate needs its seven fields, with one space between them, in ASCII";
const unclearLine = "with an ICE policy no attribute but those of candidates may contain the word candidate";

test("a candidate is refused if endpoints may find another address in it", () => {
  const two = "candidate:1 1 udp 1 203.0.113.7 9 x 192.168.1.2 9 typ relay";
  expect(faultOf(noPrivate, "candidate", two)).toBe(unclear);
  const early = "candidate:1 1 typ udp 192.168.1.2 9 9 typ relay";
  expect(faultOf(noPrivate, "candidate", early)).toBe(unclear);
});

test("the line ends of a description may be of any kind, but of one only", () => {
  const lines = sdpWith(candidateAt("203.0.113.7"), candidateAt("10.0.0.1"));
  for (const end of ["\n", "\r", "\r\n\r\n"]) {
    expect(faultOf(noPrivate, "sdp", lines.replaceAll("\r\n", end))).toMatch("no private addresses");
    expect(faultOf(relayOnly, "sdp", sdpWith(relayed).replaceAll("\r\n", end))).toBeUndefined();
  }
  for (const end of ["\n", "\r"]) {
    const mixed = `${sdpWith(relayed)}a=x:y${end}a=z:x\r\n`;
    expect(faultOf(relayOnly, "sdp", mixed)).toMatch("the same line end");
  }
});

test.each(["\u00a0", "\t", "\u3000", "\u2003", "\ufeff", "\u2028", "  "])(
  "a candidate is refused if %j separates its words, since endpoints differ in what that means",
  (separator) => {
    const foundation = relayed.replaceAll(" ", separator);
    expect(faultOf(both, "candidate", `${foundation} ${hidden}`)).toBe(unclear);
    expect(faultOf(both, "sdp", sdpWith(`${foundation} ${hidden}`))).toBe(unclear);
    expect(faultOf(both, "candidate", relayed.replace(" udp ", ` udp${separator}`))).toBe(unclear);
  },
);

test.each([
  `${relayed} typ host`,
  `${relayed} raddr 203.0.113.7 TYP host`,
  `${relayed} x candidate:2 ${hidden.replace("typ", "x")}`,
  "candidate:1 1 udp  192.168.1.2 9 host typ relay",
  `candidate:1 ${hidden.replace("host", "relay")}`.replace("2122260223", "203.0.113.7"),
  ` ${relayed}`,
  `${relayed}\u00a0`,
  relayed.replace("candidate:x", "typ"),
  relayed.replace("udp", "typ"),
])("a candidate that endpoints may read in two ways is refused: %j", (candidate) => {
  expect(faultOf(both, "candidate", candidate)).toBe(unclear);
});

test("what follows the type may contain empty values", () => {
  const candidate = `${relayed} raddr  rport 0 ufrag  network-cost 10 `;
  expect(faultOf(both, "candidate", candidate)).toBeUndefined();
  expect(faultOf(both, "sdp", sdpWith(candidate))).toBeUndefined();
});

test.each([
  `a=x:y\u2028a=candidate:1 ${hidden}`,
  `a=x:y\u0085a=candidate:1 ${hidden}`,
  `a=x:y\ta=candidate:1 ${hidden}`,
  ` a=candidate:1 ${hidden}`,
  `\ta=candidate:1 ${hidden}`,
  `a= candidate:1 ${hidden}`,
  `a =candidate:1 ${hidden}`,
  `a=candidate 1 ${hidden}`,
  `A=Candidate:1 ${hidden}`,
  `a=x:a=candidate:1 ${hidden}`,
  `a=end-of-candidates ${hidden}`,
  `s=a=candidate:1 ${hidden}`,
  `s=x\u2028a=candidate 1 ${hidden}`,
])("a description is refused if endpoints may find a candidate in another line: %j", (line) => {
  expect(faultOf(both, "sdp", `${sdpWith()}${line}\r\n`)).toBe(unclearLine);
});

test("a description may end its candidates, and name others of no private address", () => {
  const named = sdpWith(relayed, "end-of-candidates", "ice-options:trickle ice2");
  const permitted = named.replace("s=-", "s=Talk with a candidate");
  expect(faultOf(both, "sdp", permitted)).toBeUndefined();
  const remote = (...addresses: readonly string[]) =>
    sdpWith(`remote-candidates:${addresses.map((address, i) => `${i + 1} ${address} 9`).join(" ")}`);
  expect(faultOf(noPrivate, "sdp", remote("203.0.113.7", "203.0.113.8"))).toBeUndefined();
  expect(faultOf(noPrivate, "sdp", remote("203.0.113.7", "192.168.1.2"))).toMatch("no private addresses");
  expect(faultOf(noPrivate, "sdp", remote("203.0.113.7 9 192.168.1.2"))).toBe(unclear);
  expect(faultOf(relayOnly, "sdp", remote("203.0.113.7"))).toMatch("no remote-candidates");
});

test("what stacks really send is clear enough for a policy", () => {
  const folder = new URL("../../../test/vectors/", import.meta.url);
  const texts = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const faults = texts.flatMap((name) => {
    const { scenarios } = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    const signals: { kind: string; sdp: string; candidate: string }[] = Object.values(scenarios).flat() as [];
    return signals.map(({ kind, sdp, candidate }) =>
      kind === "candidate" ? faultOf(noPrivate, kind, candidate) : faultOf(noPrivate, "sdp", sdp),
    );
  });
  expect(new Set(faults)).toEqual(
    new Set([undefined, "the ICE policy no_private permits no private addresses"]),
  );
});

/** The addresses and types that endpoints may read in a candidate, by several ways to tell words apart. */
function* readings(text: string): Iterable<readonly [address: string, type: string]> {
  const strict = /^(?:a=)?candidate:\S+ \d+ \S+ \d+ (\S+) \d+ typ (\S+)/.exec(text);
  if (strict) yield [strict[1] ?? "", strict[2] ?? ""];
  const ways = [text.split(" "), text.split(/ +/), text.split(/\s+/), text.trim().split(/[\s\u0085]+/)];
  for (const words of ways) {
    if (Number(words[5]) > 0) yield [words[4] ?? "", words[7] ?? ""];
    for (const [at, word] of words.entries()) {
      if (word.toLowerCase() === "typ") yield [words[4] ?? "", words[at + 1] ?? ""];
      if (word.toLowerCase() === "typ") yield [words[at - 2] ?? "", words[at + 1] ?? ""];
    }
  }
}

/** The candidates that endpoints may find in a description, by several ways to tell lines apart. */
function* candidatesIn(text: string): Iterable<string> {
  for (const lineEnd of [/\r\n/, /[\r\n]+/, /[\r\n\p{Cc}\p{Zl}\p{Zp}]/u, /[\r\n]+|a=/i]) {
    for (const line of text.split(lineEnd)) {
      for (const { index } of line.matchAll(/candidate:?/gi)) yield line.slice(index);
    }
  }
}

const isHarmful = ([address, type]: readonly [string, string]) =>
  isIP(address) !== 0 && (address === "192.168.1.2" || type.trim().toLowerCase() !== "relay");

const word = fc.constantFrom(
  ...["candidate:1", "a=candidate:1", "1", "udp", "192.168.1.2", "203.0.113.7", "9", "typ", "TYP"],
  ...["relay", "host", "raddr", "", "a=candidate:1 1 udp 1 192.168.1.2 9 typ host"],
);
const separator = fc.constantFrom(
  ...[" ", "  ", "\u00a0", "\t", "\u3000", "\u2028", "\u0085", "\r\n", "\r", "\n"],
);
const change = fc.record({
  at: fc.nat(24),
  removed: fc.constantFrom(0, 1, 2),
  put: fc.array(fc.oneof(word, separator), { maxLength: 3 }),
});
/** A harmless candidate, and some changes in it. */
const changed = fc.array(change, { maxLength: 5 }).map((changes) => {
  const parts = `${relayed} raddr 203.0.113.8 rport 9`.split(/(?= )|(?<= )/);
  for (const { at, removed, put } of changes) parts.splice(at, removed, ...put);
  return parts.join("");
});

test("no endpoint finds anything that a policy forbids, however it tells words and lines apart", () => {
  let permitted = 0;
  fc.assert(
    fc.property(changed, (text) => {
      if (!/[\r\n]/.test(text) && faultOf(both, "candidate", text) === undefined) {
        permitted++;
        expect([...readings(text)].filter(isHarmful)).toEqual([]);
      }
      const description = `${sdpWith()}a=${text}\r\n`;
      if (faultOf(both, "sdp", description) !== undefined) return;
      for (const candidate of candidatesIn(description)) {
        expect([...readings(candidate)].filter(isHarmful)).toEqual([]);
      }
    }),
    { numRuns: 5000 },
  );
  expect(permitted).toBeGreaterThan(50);
});
