import { expect, test } from "vitest";
import { GateKeeper, StreamGate } from "./stream-gate.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function gate(most: number, mostHeld = 1000) {
  const keeper = new GateKeeper(mostHeld);
  const begun: number[] = [];
  const streams = new StreamGate(keeper, most);
  const begin = (name: number) => streams.begin(() => begun.push(name));
  return { keeper, streams, begun, begin };
}

test("a connection that has not proved itself has few streams; the next ones wait for their end", async () => {
  const { streams, begun, begin, keeper } = gate(4);
  for (let name = 1; name <= 6; name++) expect(begin(name)).toBe(true);
  await turn();
  expect(begun).toEqual([1, 2, 3, 4]);
  expect(keeper.held).toBe(2);
  streams.ended();
  await turn();
  expect(begun).toEqual([1, 2, 3, 4, 5]);
});

test("once it has, all that waited begin, in order", async () => {
  const { streams, begun, begin, keeper } = gate(1);
  for (let name = 1; name <= 10; name++) begin(name);
  streams.unlock();
  begin(11);
  await turn();
  expect(begun).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
  expect(keeper.held).toBe(0);
});

test("streams that come together begin in several turns, so that others have theirs", async () => {
  const { begun, begin } = gate(Number.POSITIVE_INFINITY);
  for (let name = 1; name <= 200; name++) begin(name);
  expect(begun).toHaveLength(64);
  await turn();
  expect(begun).toHaveLength(128);
  await turn();
  await turn();
  expect(begun).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
});

test("a node holds so many streams in all, and refuses the rest", () => {
  const { streams, begin, keeper } = gate(1, 3);
  expect([begin(1), begin(2), begin(3), begin(4), begin(5)]).toEqual([true, true, true, true, false]);
  const other = new StreamGate(keeper, 0);
  expect(other.begin(() => {})).toBe(false);
  streams.close();
  expect(other.begin(() => {})).toBe(true);
});

test("what a connection held is forgotten with it", async () => {
  const { streams, begun, begin, keeper } = gate(1);
  for (let name = 1; name <= 3; name++) begin(name);
  streams.close();
  streams.ended();
  await turn();
  expect(begun).toEqual([1]);
  expect(keeper.held).toBe(0);
});
