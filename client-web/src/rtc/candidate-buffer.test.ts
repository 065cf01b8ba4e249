import { expect, test } from "vitest";
import { CandidateBuffer } from "./candidate-buffer.ts";

function description(...fragments: string[]): RTCSessionDescription {
  const sdp = `v=0\r\n${fragments.map((fragment) => `a=ice-ufrag:${fragment}\r\n`).join("")}`;
  return { type: "offer", sdp, toJSON: () => ({ type: "offer", sdp }) };
}

test("before there is a remote description, no candidate fits", () => {
  expect(CandidateBuffer.fits({ candidate: "x" }, null)).toBe(false);
});

test("a candidate fits a description of its generation", () => {
  const candidate = { candidate: "x", usernameFragment: "new" };
  expect(CandidateBuffer.fits(candidate, description("old"))).toBe(false);
  expect(CandidateBuffer.fits(candidate, description("other", "new"))).toBe(true);
  expect(CandidateBuffer.fits({ candidate: "x" }, description("old"))).toBe(true);
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
