import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FakeClock } from "../../../test/kit/fake-clock.ts";
import { cgroupMemoryLimit, MemoryWatchdog } from "./memory-watchdog.ts";

test("it notices when memory runs short, and when it is not short any more, once each", () => {
  const clock = new FakeClock();
  const changes: boolean[] = [];
  let used = 700;
  const watchdog = new MemoryWatchdog({
    limitBytes: 800,
    clock,
    usedBytes: () => used,
    onChange: (isShort) => changes.push(isShort),
  });
  watchdog.start();
  const after = (bytes: number) => {
    used = bytes;
    clock.advance(1100);
    return [...changes];
  };
  expect(after(800)).toEqual([]);
  expect(after(801)).toEqual([true]);
  expect(after(900)).toEqual([true]);
  expect(after(790)).toEqual([true]);
  expect(after(750)).toEqual([true, false]);
  expect(after(850)).toEqual([true, false, true]);
  watchdog.stop();
  expect(clock.pending).toBe(0);
});

test.each([
  ["536870912\n", 536_870_912],
  ["max\n", undefined],
  ["9223372036854771712\n", undefined],
])("a control group that says %j limits memory to %s", (text, bytes) => {
  const folder = mkdtempSync(join(tmpdir(), "cgroup-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "memory.max");
  writeFileSync(file, text);
  expect(cgroupMemoryLimit([join(folder, "nothing"), file])).toBe(bytes);
});

test("a machine without control groups does not limit memory", () => {
  expect(cgroupMemoryLimit(["/nothing/here"])).toBeUndefined();
});
