import { describe, expect, test } from "vitest";
import { EnvelopeReader } from "./envelope-reader.ts";

/** Reads what is cut off, and remembers it. */
class Collector {
  readonly read: string[] = [];
  readonly buffers = new Set<ArrayBufferLike>();
  readonly heads: string[] = [];
  onEnvelope: () => void = () => {};
  readonly messageLimit: number;

  constructor(messageLimit = 100) {
    this.messageLimit = messageLimit;
  }

  head(flags: number, bytes: Uint8Array): void {
    this.heads.push(`${flags}:${Buffer.from(bytes).toString()}`);
  }

  envelope(flags: number, bytes: Uint8Array): void {
    this.read.push(`${flags}:${Buffer.from(bytes).toString()}`);
    this.buffers.add(bytes.buffer);
    this.onEnvelope();
  }
}

function envelope(text: string, flags = 0): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(flags);
  header.writeUInt32BE(text.length, 1);
  return Buffer.concat([header, Buffer.from(text)]);
}

const three = Buffer.concat([envelope("one"), envelope("", 1), envelope("three")]);
const readThree = ["0:one", "1:", "0:three"];

describe("envelopes", () => {
  test("are found wherever the chunks are cut", () => {
    for (let first = 0; first <= three.length; first++) {
      for (let second = first; second <= three.length; second++) {
        const sink = new Collector();
        const reader = new EnvelopeReader(16, sink);
        reader.push(three.subarray(0, first));
        reader.push(three.subarray(first, second));
        reader.push(three.subarray(second));
        expect(sink.read).toEqual(readThree);
        expect(reader.atBoundary).toBe(true);
      }
    }
  });

  test("that lie whole in one chunk are not copied", () => {
    const sink = new Collector();
    new EnvelopeReader(16, sink).push(three);
    expect([...sink.buffers]).toEqual([three.buffer]);
  });

  test("behind a pause wait, even in a chunk that is here, and come in order", () => {
    const sink = new Collector();
    const reader = new EnvelopeReader(16, sink);
    sink.onEnvelope = () => reader.pause();
    reader.push(three.subarray(0, 16));
    reader.push(three.subarray(16));
    expect(sink.read).toEqual(readThree.slice(0, 1));
    reader.resume();
    expect(sink.read).toEqual(readThree.slice(0, 2));
    expect(reader.atBoundary).toBe(false);
    sink.onEnvelope = () => {};
    reader.resume();
    expect(sink.read).toEqual(readThree);
  });

  test("are not handed on after a stop, not even from the same chunk", () => {
    const sink = new Collector();
    const reader = new EnvelopeReader(16, sink);
    sink.onEnvelope = () => reader.stop();
    reader.push(three);
    reader.push(three);
    expect(sink.read).toEqual(readThree.slice(0, 1));
  });

  test("over the limit are refused by their header alone", () => {
    const reader = new EnvelopeReader(16, new Collector(4));
    reader.push(envelope("four"));
    expect(() => reader.push(Buffer.from([0, 0, 0, 0, 5]))).toThrow("at most 4 bytes");
  });

  test.each([
    ["JSON", '{"join":{}}', "plain JSON"],
    ["protobuf", "\x0a\x05hello", "a byte 10"],
  ])(
    "that are missing before %s are reported so, not as a message that is too large",
    (_what, body, begin) => {
      const reader = new EnvelopeReader(4, new Collector());
      expect(() => reader.push(Buffer.from(body))).toThrow(begin);
    },
  );

  test("take memory only for what has come", () => {
    const sink = new Collector(2 ** 30);
    const reader = new EnvelopeReader(16, sink);
    const header = Buffer.from([0, 0x3f, 0xff, 0xff, 0xff]);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => new EnvelopeReader(16, sink));
    for (const one of [reader, ...readers]) {
      one.push(header);
      one.push(Buffer.from("x"));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test("show their beginning once while they are still coming, and not if they are short", () => {
    const sink = new Collector();
    const reader = new EnvelopeReader(4, sink);
    const bytes = envelope("a long message");
    for (const byte of [...bytes, ...envelope("abc")]) reader.push(Buffer.of(byte));
    expect(sink.heads).toEqual(["0:a lo"]);
    reader.push(envelope("in one chunk"));
    expect(sink.heads).toHaveLength(1);
    expect(sink.read).toEqual(["0:a long message", "0:abc", "0:in one chunk"]);
  });
});
