import { afterEach, expect, test, vi } from "vitest";
import { Emitter } from "./emitter.ts";

class Bell extends Emitter<{ ring: [times: number] }> {
  ring(times: number): void {
    this.emit("ring", times);
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

test("a listener that is added while an event is told hears the next one only", () => {
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
