import { expect, test } from "vitest";
import { sdpFault } from "./sdp.ts";

const session = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const fingerprint = "a=fingerprint:sha-256 AA:BB\r\n";
const good = `${session}${fingerprint}`;
const faultOf = (text: string) => sdpFault(Buffer.from(text));

test.each([
  ["a fingerprint for the session", good],
  ["a fingerprint in a media section", `v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\n${fingerprint}`],
  ["no media section, as Chromium makes it before anything is added", `${session}a=group:BUNDLE\r\n`],
  [
    "only rejected media sections, and so no fingerprint",
    `${session}m=audio 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n`,
  ],
  ["an SDES key beside the fingerprint, as rtpengine makes it", `${good}a=crypto:1 AES_CM_128 inline:x\r\n`],
  ["64 media sections", good + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n".repeat(64)],
  ["no end of its last line", good.trimEnd()],
  ["line ends of CR alone", good.replaceAll("\r\n", "\r")],
  ["a tab", good.replace("s=-", "s=a\tb")],
  ["a session name that is not ASCII", good.replace("s=-", "s=Überraschung 🎉")],
  ["lines that no RFC knows", `${good}x=y\r\nnonsense\r\n\r\n`],
])("a description may have %s", (_what, text) => {
  expect(faultOf(text)).toBeUndefined();
});

const controls = [..."\0\x01\x07\x08\x0b\x0c\x0e\x1b\x1f\x7f"];
test.each([
  ["empty", ""],
  ["not of version 0", good.replace("v=0", "v=1")],
  ["of a version that only begins with 0", good.replace("v=0", "v=00")],
  ["cut off behind the version", "v=0"],
  ["shorter than the version", "v="],
  ["behind a line of something else", `\r\n${good}`],
  ["JSON", JSON.stringify({ type: "offer", sdp: good })],
  ["a candidate", "candidate:1 1 udp 1 192.0.2.7 9 typ host"],
  ...controls.map((each) => [`a description with ${JSON.stringify(each)}`, good.replace("s=-", `s=${each}`)]),
])("what is %s is refused", (_what, text) => {
  expect(faultOf(text)).toEqual(expect.any(String));
});

test("what is wrong is reported without the description", () => {
  expect(faultOf(`${good}a=candidate:1 1 udp 1 192.0.2.7 9 typ host\0`)).not.toContain("192.0.2.7");
});

test("a part of a larger buffer is read as far as it goes", () => {
  const bytes = Buffer.from(`\0${good}\0`);
  expect(sdpFault(bytes, 1, good.length + 1)).toBeUndefined();
  expect(sdpFault(bytes.subarray(1, good.length + 1))).toBeUndefined();
  expect(sdpFault(Buffer.from("v=0\r\n"), 0, 3)).toEqual(expect.any(String));
});
