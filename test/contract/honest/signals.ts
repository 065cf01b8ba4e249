import { Reason } from "@parley/contract";
import type { SignalInit } from "../ways/index.ts";

/** A signal as stacks really make it, or nearly: its name, and everything in it but `to`. */
export interface HonestSignal {
  readonly what: string;
  readonly signal: SignalInit;
}

/** A signal that is refused, and why. */
export interface RefusedSignal extends HonestSignal {
  readonly reason: Reason;
}

const session = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0"];
const fingerprint = `a=fingerprint:sha-256 ${Array(32).fill("0F").join(":")}`;
const rejectedSection = ["m=video 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", "a=mid:0", "a=inactive"];

/** A media section of about 4 KB, as a browser makes them for video. */
function videoSection(mid: number): string[] {
  const formats = Array.from({ length: 28 }, (_, index) => 96 + index);
  return [
    `m=video 9 UDP/TLS/RTP/SAVPF ${formats.join(" ")}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    ...formats.flatMap((format) => [
      `a=rtpmap:${format} H264/90000`,
      `a=fmtp:${format} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f`,
    ]),
  ];
}

function linesOf(...lines: readonly (string | readonly string[])[]): string {
  return `${lines.flat().join("\r\n")}\r\n`;
}

const whole = linesOf(session, fingerprint, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");

const descriptions: Readonly<Record<string, string>> = {
  "no media section": linesOf(session, "a=group:BUNDLE", "a=msid-semantic: WMS"),
  "rejected media sections only, and no fingerprint": linesOf(session, rejectedSection),
  "an SDES key beside the fingerprint": linesOf(
    session,
    fingerprint,
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
  ),
  "64 video sections": linesOf(
    session,
    fingerprint,
    Array.from({ length: 64 }, (_, mid) => videoSection(mid)).flat(),
  ),
  "lines that end in LF alone": whole.replaceAll("\r\n", "\n"),
  "no end of its last line": whole.trimEnd(),
  "a session name that is not ASCII": whole.replace("s=-", "s=Réunion 会議 🎉"),
  "characters that JSON and HTML escape": whole.replace("s=-", 's="a\\b"/<&\'>\t\u2028'),
};

const candidates: Readonly<Record<string, string>> = {
  "an empty value of an extension":
    "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host generation 0 ufrag  network-id 1",
  "an empty value of an extension at the end":
    "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host generation 0 ufrag ",
  "an extension without a value": "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host generation",
  "raddr without a value": "candidate:1 1 udp 1686052607 203.0.113.7 5000 typ srflx raddr rport 0",
  "an empty foundation": "candidate: 1 udp 2122260223 192.0.2.1 54400 typ host",
  "a foundation of 40 characters": `candidate:${"f".repeat(40)} 1 udp 2122260223 192.0.2.1 54400 typ host`,
  "a foundation of other characters": "candidate:Ha_1-{x}~ü 1 udp 2122260223 192.0.2.1 54400 typ host",
  "two spaces": "candidate:1  1  udp  2122260223  192.0.2.1  54400  typ  host",
  "spaces at the end": "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host  ",
  "no candidate: before it": "1 1 udp 2122260223 192.0.2.1 54400 typ host",
  "an attribute line with its end": "a=candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host\r\n",
};

/** What the service relays, byte for byte. */
export const honestSignals: readonly HonestSignal[] = [
  ...Object.entries(descriptions).flatMap(([what, sdp]): HonestSignal[] => [
    { what: `an offer with ${what}`, signal: { body: { case: "offer", value: { sdp } } } },
    { what: `an answer with ${what}`, signal: { body: { case: "answer", value: { sdp } } } },
  ]),
  ...Object.entries(candidates).map(([what, candidate]) => ({
    what: `a candidate with ${what}`,
    signal: { body: { case: "iceCandidate", value: { candidate, sdpMid: "0", sdpMLineIndex: 0 } } } as const,
  })),
  {
    what: "a candidate with an empty sdp_mid, as webrtc-rs makes it",
    signal: {
      body: {
        case: "iceCandidate",
        value: { candidate: candidates["two spaces"] ?? "", sdpMid: "", sdpMLineIndex: 0 },
      },
    },
  },
  {
    what: "a candidate without a media section",
    signal: { body: { case: "iceCandidate", value: { candidate: candidates["two spaces"] ?? "" } } },
  },
  {
    what: "an end of candidates with nothing in it",
    signal: { body: { case: "iceCandidate", value: {} } },
  },
  {
    what: "a negotiation_id that is a Call-ID of SIP",
    signal: {
      negotiationId: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6@[2001:db8::1]:5060",
      body: { case: "bye", value: { reason: "" } },
    },
  },
  {
    what: "a negotiation_id that is base64",
    signal: { negotiationId: "q83vEjRWeJA/+w==", body: { case: "bye", value: { reason: "two\nlines" } } },
  },
];

const refusedDescriptions: Readonly<Record<string, string>> = {
  "no SDP": "not a description",
  "a candidate instead of SDP": candidates["two spaces"] ?? "",
  "no text": "",
  NUL: whole.replace("s=-", "s=\0"),
  "an escape": whole.replace("s=-", "s=\x1b[2J"),
};

const refusedCandidates: Readonly<Record<string, string>> = {
  "another attribute": "a=mid:0",
  "no type": "candidate:1 1 udp 2122260223 192.0.2.1 54400",
  "two lines": "candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=candidate:2 1 udp 1 192.0.2.1 9 typ host",
  "two lines of one CR": "candidate:1 1 udp 1 192.0.2.1 9 typ host\ra=ice-lite",
  "two lines, as Python splits them": "candidate:1 1 udp 1 192.0.2.1 9 typ host\u2028a=ice-lite",
  "a tab": "candidate:1\t1 udp 1 192.0.2.1 9 typ host",
  NUL: "candidate:1 1 udp 1 192.0.2.1 9 typ host\0",
};

/** What remains refused: it harms the recipient, or is no signal at all. */
export const refusedSignals: readonly RefusedSignal[] = [
  ...Object.entries(refusedDescriptions).map(([what, sdp]) => ({
    what: `an offer with ${what}`,
    reason: Reason.SDP_INVALID,
    signal: { body: { case: "offer", value: { sdp } } } as const,
  })),
  ...Object.entries(refusedCandidates).map(([what, candidate]) => ({
    what: `a candidate with ${what}`,
    reason: Reason.CANDIDATE_INVALID,
    signal: { body: { case: "iceCandidate", value: { candidate } } } as const,
  })),
  {
    what: "an sdp_mid of two lines",
    reason: Reason.CANDIDATE_INVALID,
    signal: { body: { case: "iceCandidate", value: { candidate: "", sdpMid: "0\r\na=ice-lite" } } },
  },
  {
    what: "a username_fragment with NUL",
    reason: Reason.CANDIDATE_INVALID,
    signal: { body: { case: "iceCandidate", value: { candidate: "", usernameFragment: "a\0" } } },
  },
  {
    what: "a negotiation_id with a space",
    reason: Reason.NEGOTIATION_ID_INVALID,
    signal: { negotiationId: "a b", body: { case: "bye", value: {} } },
  },
  {
    what: "a negotiation_id of 129 characters",
    reason: Reason.NEGOTIATION_ID_INVALID,
    signal: { negotiationId: "n".repeat(129), body: { case: "bye", value: {} } },
  },
  {
    what: "an offer that is too large",
    reason: Reason.MESSAGE_TOO_LARGE,
    signal: { body: { case: "offer", value: { sdp: whole + "a=x\r\n".repeat(60_000) } } },
  },
];
