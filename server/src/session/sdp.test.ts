import { expect, test } from "vitest";
import { sdpFault } from "./sdp.ts";

const good = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA:BB\r\n";
const faultOf = (text: string) => sdpFault(Buffer.from(text));

test("a description with a fingerprint, of a session or of a media section, is right", () => {
  expect(faultOf(good)).toBeUndefined();
  expect(faultOf("v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=fingerprint:sha-256 AA\n")).toBeUndefined();
});

test.each([
  ["empty", ""],
  ["not of version 0", good.replace("v=0", "v=1")],
  ["of a version that only begins with 0", good.replace("v=0", "v=00")],
  ["cut off behind the version", "v=0"],
  ["behind a line of something else", `\r\n${good}`],
  ["JSON", JSON.stringify({ type: "offer", sdp: good })],
  ["with a NUL", good.replace("s=-", "s=\0")],
  ["without a fingerprint", good.replace("a=fingerprint", "a=finger")],
  [
    "with a fingerprint that is part of another line",
    good.replace("\r\na=fingerprint", "\r\ni=a=fingerprint"),
  ],
  ["with an SDES key", `${good}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n`],
])("a description is wrong where it is %s", (_what, text) => {
  expect(faultOf(text)).toEqual(expect.any(String));
});

test("what is wrong is said without the description", () => {
  const fault = faultOf(good.replace("a=fingerprint", "a=candidate:1 1 udp 1 192.0.2.7 9 typ host"));
  expect(fault).not.toContain("192.0.2.7");
});

test("a view into a larger buffer is read as far as it goes", () => {
  const bytes = Buffer.from(`${good}a=crypto:1 x\r\n`);
  expect(sdpFault(bytes.subarray(0, good.length))).toBeUndefined();
});
