import { afterEach, expect, test, vi } from "vitest";
import { Emitter } from "./emitter.ts";

class Bell extends Emitter<{ ring: [times: number] }> {
  ring(times: number): void {
    this.emit("ring", times);
  }

  break(): void {
    this.removeListeners();
  }

  get isHeard(): boolean {
    return this.heard("ring");
  }
}

afterEach(() => vi.unstubAllGlobals());

test("a listener hears until it is taken back", () => {
  const bell = new Bell();
  const heard: number[] = [];
  const off = bell.on("ring", (times) => heard.push(times));
  bell.ring(1);
  off();
  bell.ring(2);
  expect(heard).toEqual([1]);
});

test("a listener that throws is reported, and the others hear all the same", () => {
  const reported: unknown[] = [];
  vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
  const bell = new Bell();
  const heard: number[] = [];
  bell.on("ring", () => {
    throw new Error("deaf");
  });
  bell.on("ring", (times) => heard.push(times));
  bell.ring(3);
  expect(heard).toEqual([3]);
  expect(reported).toEqual([new Error("deaf")]);
});

test("a listener that is added during an event hears the next one only", () => {
  const bell = new Bell();
  const heard: number[] = [];
  const off = bell.on("ring", () => {
    off();
    bell.on("ring", (times) => heard.push(times));
  });
  bell.ring(1);
  bell.ring(2);
  expect(heard).toEqual([2]);
});

test("once resolves with the next event, and leaves no listener behind", async () => {
  const bell = new Bell();
  const next = bell.once("ring");
  bell.ring(7);
  bell.ring(8);
  await expect(next).resolves.toEqual([7]);
  expect(bell.isHeard).toBe(false);
});

test("a wait for an event ends when it is given up, and when nothing can come any more", async () => {
  const bell = new Bell();
  const abort = new AbortController();
  const given = bell.once("ring", { signal: abort.signal });
  const left = bell.once("ring");
  abort.abort();
  await expect(given).rejects.toMatchObject({ reason: "ABORTED" });
  bell.break();
  await expect(left).rejects.toMatchObject({ reason: "CLOSED" });
  expect(bell.isHeard).toBe(false);
});
