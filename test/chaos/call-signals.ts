import type { IncomingSignal, OutgoingSignal, SignalBody } from "../../client-web/src/index.ts";
import type { NumberedSignal } from "./peer-event.ts";

/** Candidates that each side of a call sends; the last is the end of candidates. */
const candidates = 3;

/** The signals of one call: an offer, an answer, the candidates of both sides, and a bye. */
export const signalsOfACall = 3 + 2 * candidates;

const filler = `a=x-filler:${"x".repeat(120)}\r\n`.repeat(12);
const fingerprint = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}\r\n`;

/** What makes a signal of a call; the label is written into it. */
export type Part = (label: string) => SignalBody;

export const offer: Part = (label) => ({ kind: "offer", sdp: sdp(label) });
export const answer: Part = (label) => ({ kind: "answer", sdp: sdp(label) });
export const bye: Part = (label) => ({ kind: "bye", reason: label });

/** What one side gathers. */
export const gathered: readonly Part[] = Array.from({ length: candidates }, (_, index) => (label) => ({
  kind: "ice-candidate",
  candidate: {
    candidate: index < candidates - 1 ? `candidate:${index} 1 udp 2122260223 192.0.2.1 54400 typ host` : "",
    sdpMid: "0",
    sdpMLineIndex: 0,
    usernameFragment: label,
  },
}));

/** About as long as the description of an audio and video call. */
function sdp(label: string): string {
  return `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=${label}\r\nt=0 0\r\n${fingerprint}${filler}`;
}

/** A signal whose content names its sender, its recipient and its number. */
export function numbered(part: Part, signal: NumberedSignal, negotiationId: string): OutgoingSignal {
  const { from, to, number } = signal;
  return { to, negotiationId, ...part(`${from}~${to}~${number}`) };
}

/** What a signal's content says of it; undefined if it is not whole. */
export function readNumber(signal: IncomingSignal): NumberedSignal | undefined {
  const [from, to, number, ...more] = labelOf(signal)?.split("~") ?? [];
  if (from === undefined || to === undefined || !/^[1-9]\d*$/.test(number ?? "") || more.length > 0)
    return undefined;
  return { from, to, number: Number(number) };
}

function labelOf(signal: SignalBody): string | undefined {
  switch (signal.kind) {
    case "offer":
    case "answer":
      return signal.sdp.endsWith(filler) ? /^s=(.*)\r$/m.exec(signal.sdp)?.[1] : undefined;
    case "ice-candidate":
      return signal.candidate.usernameFragment ?? undefined;
    case "bye":
      return signal.reason;
  }
}
