import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { PacedWriter } from "./paced-writer.ts";

/** Keeps what it is given, and takes it when the test says so. */
class SlowStream extends Writable {
  readonly given: string[] = [];
  #take: (() => void) | undefined;
  ended = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.given.push(chunk.toString("latin1"));
    this.#take = done;
  }

  override _final(done: () => void): void {
    this.ended = true;
    done();
  }

  /** Takes one piece; returns how long it was. */
  async take(): Promise<number> {
    const length = this.given.at(-1)?.length ?? 0;
    this.#take?.();
    await new Promise((resolve) => setImmediate(resolve));
    return length;
  }
}

const text = Array.from({ length: 20_000 }, (_, i) => String.fromCharCode(i % 256)).join("");

test("a long text leaves in slices, one after the other, and then it says that it has", async () => {
  const stream = new SlowStream();
  let empty = 0;
  const writer = new PacedWriter(stream, () => empty++);
  writer.add(text);
  expect([stream.given.length, writer.waiting]).toEqual([1, 20_000 - 8192]);
  await stream.take();
  expect([stream.given.length, writer.waiting]).toEqual([2, 20_000 - 2 * 8192]);
  await stream.take();
  expect(empty).toBe(0);
  await stream.take();
  expect([stream.given.length, writer.waiting, empty]).toEqual([3, 0, 1]);
  expect(stream.given.join("")).toBe(text);
});

test("what is added meanwhile follows, and the end comes last", async () => {
  const stream = new SlowStream();
  const writer = new PacedWriter(stream, () => {});
  writer.add(text);
  writer.add("more");
  writer.end();
  while (!stream.ended) await stream.take();
  expect(stream.given.join("")).toBe(`${text}more`);
  expect(stream.given.every(({ length }) => length <= 8192)).toBe(true);
});

test("an end behind what has left is an end", async () => {
  const stream = new SlowStream();
  const writer = new PacedWriter(stream, () => {});
  writer.add("all");
  await stream.take();
  writer.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect([stream.ended, stream.given]).toEqual([true, ["all"]]);
});

test("nothing is written any more to a stream that is gone", async () => {
  const stream = new SlowStream();
  const writer = new PacedWriter(stream, () => {
    throw new Error("it is not empty");
  });
  writer.add(text);
  stream.destroy();
  await stream.take();
  expect(stream.given).toHaveLength(1);
});
