import { expect, test } from "vitest";
import { frame } from "./client-frame.ts";
import { piecesOf, record, recordOfOracle } from "./frame-record.ts";

// The cases of the Autobahn test suite that concern a server without extensions, by its numbers.

const [continuation, text, binary, close, ping, pong] = [0x0, 0x1, 0x2, 0x8, 0x9, 0xa];
const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
const limits = { mostBytes: 70_000, mostFragments: 16 };
const part = { final: false, mask };
const whole = { mask };
const hex = (value: string | Uint8Array) => Buffer.from(value).toString("hex");
const closing = (code: number, reason: string | Uint8Array = "") =>
  frame(close, Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)]), whole);
const long = (length: number) => "*".repeat(length);
/** κόσμε, of which all but two letters have two or three bytes. */
const greek = Buffer.from("\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5}");
/** UTF-8 of a surrogate, which there is none of. */
const surrogate = Uint8Array.of(0xed, 0xa0, 0x80);

const echo = (length: number): [string, Buffer[], string[]][] => [
  [`1.1: a text of ${length} bytes`, [frame(text, long(length), whole)], [`text ${hex(long(length))}`]],
  [`1.2: ${length} bytes`, [frame(binary, long(length), whole)], [`binary ${hex(long(length))}`]],
];

const cases: [string, Buffer[], string[]][] = [
  ...[0, 1, 125, 126, 127, 128, 65_535, 65_536].flatMap(echo),
  ["2.1: a ping without a payload", [frame(ping, "", whole)], ["ping "]],
  ["2.4: a ping of 125 bytes", [frame(ping, long(125), whole)], [`ping ${hex(long(125))}`]],
  ["2.5: a ping of 126 bytes", [frame(ping, long(126), whole)], ["fault 1002"]],
  ["2.7: a pong that answers nothing", [frame(pong, "", whole), frame(ping, "", whole)], ["pong", "ping "]],
  ...[0x10, 0x20, 0x40, 0x70].map((reserved): [string, Buffer[], string[]] => [
    `3: reserved bits ${reserved.toString(2)}`,
    [frame(text, "a", whole), frame(text, "b", { mask, reserved }), frame(text, "c", whole)],
    ["text 61", "fault 1002"],
  ]),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer[], string[]] => [
    `4: reserved opcode ${opcode}`,
    [frame(ping, "", whole), frame(opcode, "", whole)],
    ["ping ", "fault 1002"],
  ]),
  ["5.1: a ping in two fragments", [frame(ping, "a", part), frame(continuation, "b", whole)], ["fault 1002"]],
  ["5.2: a pong in two fragments", [frame(pong, "a", part), frame(continuation, "b", whole)], ["fault 1002"]],
  ["5.3: a text in two fragments", [frame(text, "a", part), frame(continuation, "b", whole)], ["text 6162"]],
  [
    "5.7: pings between fragments",
    [
      frame(text, "a", part),
      frame(ping, "1", whole),
      frame(continuation, "b", part),
      frame(ping, "2", whole),
      frame(continuation, "c", whole),
    ],
    ["ping 31", "ping 32", "text 616263"],
  ],
  [
    "5.9: a continuation of nothing",
    [frame(continuation, "a", whole), frame(text, "b", whole)],
    ["fault 1002"],
  ],
  ["5.12: an open continuation of nothing", [frame(continuation, "a", part)], ["fault 1002"]],
  ["5.18: a text within a text", [frame(text, "a", part), frame(text, "b", whole)], ["fault 1002"]],
  ["5.18: bytes within a text", [frame(text, "a", part), frame(binary, "b", whole)], ["fault 1002"]],
  [
    "6.1: empty fragments",
    [frame(text, "", part), frame(continuation, "", part), frame(continuation, "", whole)],
    ["text "],
  ],
  ["6.2: a text with letters of two and three bytes", [frame(text, greek, whole)], [`text ${hex(greek)}`]],
  [
    "6.2.3: fragments of one byte each, within letters",
    [...greek].map((byte, at) =>
      frame(at === 0 ? text : continuation, Uint8Array.of(byte), { final: at === greek.length - 1, mask }),
    ),
    [`text ${hex(greek)}`],
  ],
  ["6.3: a surrogate", [frame(text, Buffer.concat([greek, surrogate]), whole)], ["fault 1007"]],
  [
    "6.4: a surrogate in fragments",
    [frame(text, greek, part), frame(continuation, surrogate, part), frame(continuation, greek, whole)],
    ["fault 1007"],
  ],
  ["6.6: an unfinished letter", [frame(text, Uint8Array.of(0xce), whole)], ["fault 1007"]],
  ["6.9: the largest code point", [frame(text, "\u{10ffff}", whole)], ["text f48fbfbf"]],
  [
    "6.11: beyond the largest code point",
    [frame(text, Uint8Array.of(0xf4, 0x90, 0x80, 0x80), whole)],
    ["fault 1007"],
  ],
  ["6.20: an overlong letter", [frame(text, Uint8Array.of(0xc0, 0xaf), whole)], ["fault 1007"]],
  ["6: bytes that are no text", [frame(binary, surrogate, whole)], ["binary eda080"]],
  ["7.1.3: a ping behind a close frame", [closing(1000), frame(ping, "", whole)], ["close 1000"]],
  ["7.1.4: a text behind a close frame", [closing(1000), frame(text, "a", whole)], ["close 1000"]],
  [
    "7.1.5: a close frame within a message",
    [frame(text, "a", part), closing(1000), frame(continuation, "b", whole)],
    ["close 1000"],
  ],
  ["7.3.1: a close frame without a code", [frame(close, "", whole)], ["close 1005"]],
  ["7.3.2: half a close code", [frame(close, "a", whole)], ["fault 1002"]],
  ["7.3.4: a reason", [closing(1000, greek)], ["close 1000"]],
  ["7.3.5: the longest reason", [closing(1000, long(123))], ["close 1000"]],
  ["7.3.6: a longer reason", [closing(1000, long(124))], ["fault 1002"]],
  ["7.5.1: a reason that is not UTF-8", [closing(1000, surrogate)], ["fault 1007"]],
  ["a close frame in two fragments", [frame(close, "", part)], ["fault 1002"]],
  ...[1000, 1001, 1002, 1003, 1007, 1014, 3000, 3999, 4000, 4999].map(
    (code): [string, Buffer[], string[]] => [`7.7: close code ${code}`, [closing(code)], [`close ${code}`]],
  ),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(
    (code): [string, Buffer[], string[]] => [`7.9: close code ${code}`, [closing(code)], ["fault 1002"]],
  ),
  ["a frame without a mask", [Buffer.from([0x81, 0x01, 0x61])], ["fault 1002"]],
  ["a ping without a mask", [Buffer.from([0x89, 0x00])], ["fault 1002"]],
  ["a short length in 2 bytes", [frame(text, "a", { mask, lengthBytes: 2 })], ["text 61"]],
  ["a short length in 8 bytes", [frame(text, "a", { mask, lengthBytes: 8 })], ["text 61"]],
  ["no length in 8 bytes", [frame(text, "", { mask, lengthBytes: 8 })], ["text "]],
  ["a ping with a length in 2 bytes", [frame(ping, "a", { mask, lengthBytes: 2 })], ["fault 1002"]],
  ["a message at the limit", [frame(binary, long(70_000), whole)], [`binary ${hex(long(70_000))}`]],
  ["a message beyond the limit, by its header", [frame(text, "", { claims: 70_001 })], ["fault 1009"]],
  ["a message of 2^40 bytes", [frame(text, "", { claims: 2 ** 40 })], ["fault 1009"]],
  ["a length with its highest bit", [frame(text, "", { claims: 2 ** 63 })], ["fault 1009"]],
  [
    "fragments beyond the limit together",
    [frame(text, long(40_000), part), frame(continuation, "", { claims: 30_001 })],
    ["fault 1009"],
  ],
  [
    "as many fragments as may be, and another message",
    Array.from({ length: 32 }, (_, at) =>
      frame(at % 16 === 0 ? text : continuation, "a", { final: at % 16 === 15, mask }),
    ),
    [`text ${hex(long(16).replaceAll("*", "a"))}`, `text ${hex("a".repeat(16))}`],
  ],
  [
    "too many fragments",
    Array.from({ length: 17 }, (_, at) =>
      frame(at === 0 ? text : continuation, "", { final: at === 16, mask }),
    ),
    ["fault 1008"],
  ],
];

test.each(cases)("%s", async (_name, frames, expected) => {
  const bytes = Buffer.concat(frames);
  expect(record([bytes], limits)).toEqual(expected);
  expect(record(piecesOf(bytes, 1), limits)).toEqual(expected);
  expect(record(piecesOf(bytes, 1021), limits)).toEqual(expected);
  expect(await recordOfOracle(bytes, limits)).toEqual(expected);
});

test("a message split anywhere is the same message", () => {
  const bytes = Buffer.concat([
    frame(text, greek, part),
    frame(ping, "between", whole),
    frame(continuation, long(300), whole),
  ]);
  const expected = [`ping ${hex("between")}`, `text ${hex(greek)}${hex(long(300))}`];
  for (let at = 0; at <= bytes.byteLength; at++) {
    expect(record([bytes.subarray(0, at), bytes.subarray(at)], limits)).toEqual(expected);
  }
});
