import { expect, test } from "vitest";
import { CandidateBuffer } from "./candidate-buffer.ts";

function description(...fragments: string[]): string {
  return `v=0\r\n${fragments.map((fragment) => `a=ice-ufrag:${fragment}\r\n`).join("")}`;
}

test("before there is a remote description, no candidate fits", () => {
  expect(new CandidateBuffer().fits({ candidate: "x" })).toBe(false);
});

test("a candidate fits a description of its generation", () => {
  const candidate = { candidate: "x", usernameFragment: "new" };
  const buffer = new CandidateBuffer();
  buffer.release(description("old"));
  expect([buffer.fits(candidate), buffer.fits({ candidate: "x" })]).toEqual([false, true]);
  buffer.release(description("other", "new"));
  expect([buffer.fits(candidate), buffer.fits({ candidate: "x", usernameFragment: "old" })]).toEqual([
    true,
    false,
  ]);
});

test("held candidates come out in order when their description is there, the others go", () => {
  const buffer = new CandidateBuffer();
  buffer.hold({ candidate: "1", usernameFragment: "new" });
  buffer.hold({ candidate: "2", usernameFragment: "old" });
  buffer.hold({ candidate: "3" });
  const released = buffer.release(description("new"));
  expect(released.map(({ candidate }) => candidate)).toEqual(["1", "3"]);
  expect(buffer.release(description("old"))).toEqual([]);
});
